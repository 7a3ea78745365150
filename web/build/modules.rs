//! Reads a script as a module: what it imports and exports, and its text as the
//! body of a function that takes `$use` (the exports of a module) and `$load` (the
//! same of one that is fetched first) and returns its own exports.
//!
//! Whatever form is not read here fails the build. Imported names are read once,
//! when the module starts: so an exported name is never assigned again (eslint
//! refuses it for functions and classes, `let` and `var` are refused here), and
//! modules do not import each other in a circle.

use super::scan::{Fault, Kind, Token, scan, write};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub struct Module {
    /// Module and its imported names with the line, in their order.
    pub imports: Vec<Import>,
    pub exports: Vec<String>,
    /// Modules that are fetched when they are needed.
    pub loads: Vec<Load>,
    pub body: String,
}

#[derive(Debug)]
pub struct Import {
    pub from: String,
    pub names: Vec<String>,
    pub line: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Load {
    One(String, usize),
    /// Whatever script of a folder, as in `import(`./pages/${name}.js`)`.
    Folder(String),
}

struct Reader<'a> {
    file: &'a str,
    tokens: Vec<Token>,
    at: usize,
    module: Module,
    /// Exported name and the name inside.
    exports: BTreeMap<String, String>,
    out: Vec<Token>,
}

/// `file` is the path below `web`.
pub fn read(file: &str, text: &str) -> Result<Module, Fault> {
    let mut reader = Reader {
        file,
        tokens: scan(file, text)?,
        at: 0,
        module: Module::default(),
        exports: BTreeMap::new(),
        out: Vec::new(),
    };
    while reader.at < reader.tokens.len() {
        reader.step()?;
    }
    let returned: Vec<String> = reader
        .exports
        .iter()
        .map(|(name, inside)| property(name, inside))
        .collect();
    let mut module = reader.module;
    module.exports = reader.exports.into_keys().collect();
    module.body = write(&reader.out);
    if !returned.is_empty() {
        module
            .body
            .push_str(&format!("\nreturn{{{}}};", returned.join(",")));
    }
    Ok(module)
}

/// A bundle of third-party code, as esbuild writes it: its exports are its last
/// statement, and it imports nothing.
pub fn read_vendored(file: &str, text: &str) -> Result<Module, Fault> {
    let fault = |what: &str| Fault {
        file: file.to_owned(),
        line: 1,
        what: what.to_owned(),
    };
    let text = text.trim_end().trim_end_matches(';');
    let (body, list) = text
        .rsplit_once("export{")
        .ok_or_else(|| fault("it has no `export{…}`"))?;
    let list = list
        .strip_suffix('}')
        .ok_or_else(|| fault("`export{…}` is not its last statement"))?;
    let mut module = Module::default();
    let mut returned = Vec::new();
    for one in list.split(',') {
        let (inside, name) = one.split_once(" as ").unwrap_or((one, one));
        let is_name = |name: &str| {
            name.chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
        };
        if !is_name(inside) || !is_name(name) {
            return Err(fault("`export{…}` is not a list of names"));
        }
        returned.push(property(name, inside));
        module.exports.push(name.to_owned());
    }
    module.body = format!("{body}\nreturn{{{}}};", returned.join(","));
    Ok(module)
}

fn property(name: &str, inside: &str) -> String {
    if name == inside {
        name.to_owned()
    } else {
        format!("{name}:{inside}")
    }
}

/// `path` as it is written in `file`, from `web`.
fn resolve(file: &str, path: &str) -> Option<String> {
    if !path.starts_with("./") && !path.starts_with("../") {
        return None;
    }
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

impl Reader<'_> {
    fn fault<T>(&self, what: &str) -> Result<T, Fault> {
        let token = self.tokens.get(self.at).or(self.tokens.last());
        Err(Fault {
            file: format!("web/{}", self.file),
            line: token.map_or(1, |token| token.line),
            what: what.to_owned(),
        })
    }

    fn is(&self, ahead: usize, text: &str) -> bool {
        self.tokens
            .get(self.at + ahead)
            .is_some_and(|token| token.is(text))
    }

    fn kind(&self, ahead: usize) -> Option<Kind> {
        self.tokens.get(self.at + ahead).map(|token| token.kind)
    }

    fn copy(&mut self) {
        self.out.push(self.tokens[self.at].clone());
        self.at += 1;
    }

    /// Text of the build's own in place of the token at hand.
    fn put(&mut self, kind: Kind, text: String) {
        let mut token = self.tokens[self.at].clone();
        token.kind = kind;
        token.text = text;
        self.out.push(token);
    }

    fn step(&mut self) -> Result<(), Fault> {
        let token = &self.tokens[self.at];
        if token.kind != Kind::Word {
            self.copy();
            return Ok(());
        }
        let is_property = self.at > 0
            && (self.tokens[self.at - 1].is(".") || self.tokens[self.at - 1].is("?."))
            || self.is(1, ":");
        match token.text.as_str() {
            _ if is_property => self.copy(),
            "$use" | "$load" => return self.fault("this name is the build's own"),
            "await" if token.depth == 0 => return self.fault("`await` outside of a function"),
            "import" if self.is(1, "(") => return self.load(),
            "import" if token.depth == 0 => return self.import(),
            "export" if token.depth == 0 => return self.export(),
            "import" | "export" => return self.fault("a form of it that the build does not know"),
            _ => self.copy(),
        }
        Ok(())
    }

    /// The path in the text at hand, resolved.
    fn path(&self) -> Result<String, Fault> {
        let text = match self.tokens.get(self.at) {
            Some(token) if token.kind == Kind::Text => token.text.trim_matches(['"', '\'']),
            _ => return self.fault("a path in quotes was expected"),
        };
        resolve(self.file, text).map_or_else(
            || self.fault("a path must be relative and inside of web"),
            Ok,
        )
    }

    fn load(&mut self) -> Result<(), Fault> {
        let line = self.tokens[self.at].line;
        self.put(Kind::Word, "$load(".to_owned());
        self.at += 2;
        match self.kind(0) {
            Some(Kind::Text) => {
                let path = self.path()?;
                self.put(Kind::Text, format!("\"{path}\""));
                self.module.loads.push(Load::One(path, line));
                self.at += 1;
            }
            Some(Kind::Template)
                if self.kind(1) == Some(Kind::Word) && self.kind(2) == Some(Kind::Template) =>
            {
                let head = self.tokens[self.at].text.clone();
                let folder = head
                    .strip_prefix('`')
                    .and_then(|head| head.strip_suffix("/${"))
                    .and_then(|folder| resolve(self.file, folder));
                let Some(folder) = folder.filter(|_| self.tokens[self.at + 2].text == "}.js`")
                else {
                    return self.fault("only `./folder/${name}.js` can be loaded by name");
                };
                let name = self.tokens[self.at + 1].text.clone();
                self.put(Kind::Template, format!("`{folder}/${{{name}}}.js`"));
                self.module.loads.push(Load::Folder(folder));
                self.at += 3;
            }
            _ => return self.fault("what is loaded must be named by a text"),
        }
        if !self.is(0, ")") {
            return self.fault("`import(…)` takes one path");
        }
        self.copy();
        Ok(())
    }

    fn import(&mut self) -> Result<(), Fault> {
        if self.out.iter().any(|token| token.line != 0) {
            return self.fault("imports stand before everything else");
        }
        let line = self.tokens[self.at].line;
        self.at += 1;
        let mut names = Vec::new();
        let mut read = Vec::new();
        if self.is(0, "{") {
            self.at += 1;
            while !self.is(0, "}") {
                let name = self.name()?;
                let mut inside = name.clone();
                if self.is(0, "as") {
                    self.at += 1;
                    inside = self.name()?;
                }
                read.push(property(&name, &inside));
                names.push(name);
                if self.is(0, ",") {
                    self.at += 1;
                } else if !self.is(0, "}") {
                    return self.fault("a comma was expected");
                }
            }
            self.at += 1;
            if !self.is(0, "from") {
                return self.fault("`from` was expected");
            }
            self.at += 1;
        } else if self.kind(0) != Some(Kind::Text) {
            return self.fault("only `import { names } from \"…\"` and `import \"…\"` are known");
        }
        let from = self.path()?;
        let left = if read.is_empty() {
            String::new()
        } else {
            format!("const{{{}}}=", read.join(","))
        };
        self.put(Kind::Mark, format!("{left}$use(\"{from}\");"));
        // Not of the script's own: further imports may follow.
        if let Some(last) = self.out.last_mut() {
            last.line = 0;
            last.on_new_line = true;
        }
        self.at += 1;
        if !self.is(0, ";") {
            return self.fault("a semicolon was expected");
        }
        self.at += 1;
        self.module.imports.push(Import { from, names, line });
        Ok(())
    }

    fn name(&mut self) -> Result<String, Fault> {
        match self.tokens.get(self.at) {
            Some(token) if token.kind == Kind::Word => {
                self.at += 1;
                Ok(token.text.clone())
            }
            _ => self.fault("a name was expected"),
        }
    }

    fn export(&mut self) -> Result<(), Fault> {
        let on_new_line = self.tokens[self.at].on_new_line;
        self.at += 1;
        let is_default = self.is(0, "default");
        self.at += usize::from(is_default);
        if let Some(token) = self.tokens.get_mut(self.at) {
            token.on_new_line = on_new_line;
        }
        let mut ahead = usize::from(self.is(0, "async"));
        let is_constant = self.is(ahead, "const");
        if !(self.is(ahead, "function") || self.is(ahead, "class") || is_constant && !is_default) {
            return self.fault(
                "only functions, classes and constants with a name of their own are exported",
            );
        }
        ahead += 1;
        ahead += usize::from(self.is(ahead, "*"));
        let Some(name) = self
            .tokens
            .get(self.at + ahead)
            .filter(|token| token.kind == Kind::Word)
        else {
            return self.fault("an export needs a name");
        };
        let inside = name.text.clone();
        if is_constant {
            self.one_constant(ahead)?;
        }
        let name = if is_default {
            "default".to_owned()
        } else {
            inside.clone()
        };
        if self.exports.insert(name, inside).is_some() {
            return self.fault("this name is exported twice");
        }
        for _ in 0..=ahead {
            self.copy();
        }
        Ok(())
    }

    /// `const` of one name, up to its semicolon.
    fn one_constant(&self, ahead: usize) -> Result<(), Fault> {
        if !self.is(ahead + 1, "=") {
            return self.fault("an exported constant has one name and a value");
        }
        let rest = self.tokens[self.at + ahead..].iter();
        for token in rest.filter(|token| token.depth == 0) {
            if token.is(";") {
                return Ok(());
            }
            if token.is(",") {
                break;
            }
        }
        self.fault("an exported constant is declared alone and ends with a semicolon")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_becomes_the_body_of_a_function() {
        let text = "// A\nimport { a, b as c } from \"./x/y.js\";\nimport \"../z.js\";\n\nexport const d = [1, 2];\nexport async function e() {\n  return import(\"./f.js\");\n}\nexport default function G() {}\nconst h = (name) => import(`./p/${name}.js`);\n";
        let module = read("js/in/a.js", text).unwrap();
        assert_eq!(
            module.body,
            "const{a,b:c}=$use(\"js/in/x/y.js\");\n$use(\"js/z.js\");\nconst d=[1,2];\nasync function e(){return $load(\"js/in/f.js\");}\nfunction G(){}\nconst h=(name)=>$load(`js/in/p/${name}.js`);\nreturn{d,default:G,e};"
        );
        assert_eq!(module.exports, ["d", "default", "e"]);
        assert_eq!(module.imports[0].names, ["a", "b"]);
        assert_eq!(
            module.loads,
            [
                Load::One("js/in/f.js".to_owned(), 7),
                Load::Folder("js/in/p".to_owned())
            ]
        );
    }

    #[test]
    fn form_that_is_not_known_is_refused_with_file_and_line() {
        for text in [
            "export let a = 1;",
            "export var a = 1;",
            "export { a };",
            "export * from \"./a.js\";",
            "export default 1;",
            "export default () => 1;",
            "export const a = 1, b = 2;",
            "export const { a } = b;",
            "export const a = 1\nf()",
            "export function a() {}\nexport class a {}",
            "import a from \"./a.js\";",
            "import * as a from \"./a.js\";",
            "import { a } from \"a\";",
            "import { a } from \"../../a.js\";",
            "import { a } from \"./a.js\"",
            "f();\nimport { a } from \"./a.js\";",
            "import(a);",
            "import(`./${a}/b.js`);",
            "import(\"./a.js\", {});",
            "f(import.meta.url);",
            "await f();",
            "$use(\"a\");",
        ] {
            let fault = read("js/a.js", &format!("// first\n{text}")).unwrap_err();
            assert!(fault.to_string().starts_with("web/js/a.js:"), "{fault}");
            assert!(fault.line >= 2, "{text}: {fault}");
        }
    }

    #[test]
    fn vendored_bundle_gives_what_its_last_statement_exports() {
        let module = read_vendored("v.js", "var a=1;export{a as b,c};\n").unwrap();
        assert_eq!(module.body, "var a=1;\nreturn{b:a,c};");
        assert_eq!(module.exports, ["b", "c"]);
        assert!(read_vendored("v.js", "export{a};f()").is_err());
        assert!(read_vendored("v.js", "f()").is_err());
    }
}
