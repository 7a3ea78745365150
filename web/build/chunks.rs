//! Which script becomes part of which file. Each file that is served carries the
//! name of the module that it is fetched for:
//!
//! - `js/app.js`: what every page needs, and what three pages or more share;
//! - `js/pages/NAME.js` of a live page, and what is loaded when it is needed
//!   (`import("…")`): what of it the app does not have;
//! - `js/pages/NAME.js` of a document that stands alone (it exports nothing): all of it.
//!
//! A module can lie in two files. It still exists once: `js/loader.js` starts the
//! first of its name.

use super::modules::{self, Load, Module};
use super::scan::{Fault, scan, write};
use std::collections::{BTreeMap, BTreeSet};

const APP: &str = "js/app.js";
const LOADER: &str = "js/loader.js";
/// Pages that share a module before every page carries it.
const SHARED: usize = 3;

/// What is served beside the files of third-party code.
#[derive(Debug, Default)]
pub struct Bundles {
    /// Path and text.
    pub files: BTreeMap<String, String>,
    /// Third-party code that only some pages need, and is fetched as it is.
    pub as_they_are: BTreeSet<String>,
    /// What stands in each document.
    pub loader: String,
}

/// `scripts`: path below `web` and text. `build` names the state of all of them.
pub fn bundle(scripts: &BTreeMap<String, String>, build: &str) -> Result<Bundles, Fault> {
    let mut graph = Graph::default();
    let mut bundles = Bundles::default();
    for (path, text) in scripts {
        if path == LOADER {
            bundles.loader = write(&scan(path, text)?);
        } else if path.starts_with("js/") {
            graph
                .modules
                .insert(path.clone(), modules::read(path, text)?);
        }
    }
    graph.add_vendored(scripts)?;
    graph.check(scripts)?;

    let mut pages = BTreeSet::new();
    let mut alone = BTreeSet::new();
    let mut later = BTreeSet::new();
    for module in graph.modules.values() {
        for load in &module.loads {
            match load {
                Load::One(path, _) => {
                    later.insert(path.clone());
                }
                Load::Folder(folder) => {
                    let inside = format!("{folder}/");
                    for (path, page) in &graph.modules {
                        if path.starts_with(&inside)
                            && page.exports.iter().any(|name| name == "default")
                        {
                            pages.insert(path.clone());
                        } else if path.starts_with(&inside) && page.exports.is_empty() {
                            alone.insert(path.clone());
                        }
                    }
                }
            }
        }
    }
    let mut shared: BTreeMap<String, usize> = BTreeMap::new();
    for page in &pages {
        for module in graph.needs(page) {
            *shared.entry(module).or_default() += 1;
        }
    }
    let mut app = graph.needs(APP);
    app.extend(
        shared
            .into_iter()
            .filter(|(_, pages)| *pages >= SHARED)
            .map(|(module, _)| module),
    );

    let mut used = app.clone();
    for path in pages.iter().chain(&later) {
        if !graph.modules.contains_key(path) {
            bundles.as_they_are.insert(path.clone());
        } else if !app.contains(path) {
            let needs: BTreeSet<_> = graph.needs(path).difference(&app).cloned().collect();
            bundles
                .files
                .insert(path.clone(), graph.file(&needs, build));
            used.extend(needs);
        }
    }
    for path in &alone {
        let needs = graph.needs(path);
        bundles
            .files
            .insert(path.clone(), graph.file(&needs, build));
        used.extend(needs);
    }
    bundles
        .files
        .insert(APP.to_owned(), graph.file(&app, build));
    if let Some(path) = graph.modules.keys().find(|path| !used.contains(*path)) {
        return Err(fault(path, 1, "nothing needs this script"));
    }
    Ok(bundles)
}

fn fault(file: &str, line: usize, what: &str) -> Fault {
    Fault {
        file: format!("web/{file}"),
        line,
        what: what.to_owned(),
    }
}

#[derive(Default)]
struct Graph {
    modules: BTreeMap<String, Module>,
}

impl Graph {
    /// The third-party bundles that scripts import, rather than load later.
    fn add_vendored(&mut self, scripts: &BTreeMap<String, String>) -> Result<(), Fault> {
        let imports = self.modules.values().flat_map(|module| &module.imports);
        let vendored: BTreeSet<String> = imports
            .map(|import| import.from.clone())
            .filter(|from| from.starts_with("vendor/"))
            .collect();
        for path in vendored {
            if let Some(text) = scripts.get(&path) {
                self.modules
                    .insert(path.clone(), modules::read_vendored(&path, text)?);
            }
        }
        Ok(())
    }

    /// Everything that is imported exists, and nothing in a circle.
    fn check(&self, scripts: &BTreeMap<String, String>) -> Result<(), Fault> {
        for (path, module) in &self.modules {
            for import in &module.imports {
                let Some(from) = self.modules.get(&import.from) else {
                    return Err(fault(
                        path,
                        import.line,
                        &format!("{} does not exist", import.from),
                    ));
                };
                if let Some(name) = import
                    .names
                    .iter()
                    .find(|name| !from.exports.contains(name))
                {
                    let what = format!("{} does not export {name}", import.from);
                    return Err(fault(path, import.line, &what));
                }
            }
            for load in &module.loads {
                if let Load::One(other, line) = load
                    && !scripts.contains_key(other)
                {
                    return Err(fault(path, *line, &format!("{other} does not exist")));
                }
            }
        }
        let mut ordered = BTreeSet::new();
        for path in self.modules.keys() {
            self.order(path, &mut Vec::new(), &mut ordered)?;
        }
        Ok(())
    }

    fn order<'a>(
        &'a self,
        path: &'a str,
        above: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Result<(), Fault> {
        if above.contains(&path) {
            return Err(fault(
                path,
                1,
                &format!("it imports itself: {}", above.join(", ")),
            ));
        }
        if done.contains(path) {
            return Ok(());
        }
        above.push(path);
        for import in &self.modules[path].imports {
            self.order(&import.from, above, done)?;
        }
        above.pop();
        done.insert(path);
        Ok(())
    }

    /// A module, and all that it imports.
    fn needs(&self, path: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut next = vec![path.to_owned()];
        while let Some(path) = next.pop() {
            if found.insert(path.clone())
                && let Some(module) = self.modules.get(&path)
            {
                next.extend(module.imports.iter().map(|import| import.from.clone()));
            }
        }
        found
    }

    /// A stack trace names each module: it is the name of its function.
    fn file(&self, paths: &BTreeSet<String>, build: &str) -> String {
        let mut text = format!("export const build=\"{build}\",modules={{\n");
        for path in paths {
            text.push_str(&format!(
                "\"{path}\"($use,$load){{\n{}\n}},\n",
                self.modules[path].body
            ));
        }
        text.push_str("};\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect()
    }

    fn small() -> Vec<(&'static str, &'static str)> {
        vec![
            (
                "js/app.js",
                "import { h } from \"../vendor/preact.js\";\nconst go = (name) => import(`./pages/${name}.js`);\ngo(h);",
            ),
            ("js/loader.js", "(() => {\n  // A\n})();"),
            (
                "js/pages/a.js",
                "import { s } from \"../shared.js\";\nexport default function A() {\n  return import(\"../later.js\");\n}",
            ),
            (
                "js/pages/b.js",
                "import { s } from \"../shared.js\";\nimport { o } from \"../only.js\";\nimport { t } from \"../two.js\";\nexport default function B() {}",
            ),
            (
                "js/pages/c.js",
                "import { s } from \"../shared.js\";\nimport { t } from \"../two.js\";\nexport default function C() {}",
            ),
            ("js/two.js", "export const t = 2;"),
            (
                "js/pages/login.js",
                "import { s } from \"../shared.js\";\ns();",
            ),
            ("js/shared.js", "export const s = () => 1;"),
            ("js/only.js", "export const o = 1;"),
            (
                "js/later.js",
                "import { s } from \"./shared.js\";\nconst big = () => import(\"../vendor/big.js\");\nexport default function L() {}",
            ),
            ("vendor/preact.js", "var x;export{x as h};"),
            ("vendor/big.js", "var y;export{y};"),
        ]
    }

    #[test]
    fn file_has_what_is_needed_and_the_app_what_is_shared() {
        let bundles = bundle(&scripts(&small()), "build").unwrap();
        let inside: BTreeMap<&str, Vec<&str>> = bundles
            .files
            .iter()
            .map(|(path, text)| {
                let heads = text
                    .lines()
                    .filter_map(|line| line.strip_suffix("($use,$load){"));
                (
                    path.as_str(),
                    heads.map(|head| head.trim_matches('"')).collect(),
                )
            })
            .collect();
        let expected = [
            (
                "js/app.js",
                vec!["js/app.js", "js/shared.js", "vendor/preact.js"],
            ),
            ("js/later.js", vec!["js/later.js"]),
            ("js/pages/a.js", vec!["js/pages/a.js"]),
            (
                "js/pages/b.js",
                vec!["js/only.js", "js/pages/b.js", "js/two.js"],
            ),
            ("js/pages/c.js", vec!["js/pages/c.js", "js/two.js"]),
            (
                "js/pages/login.js",
                vec!["js/pages/login.js", "js/shared.js"],
            ),
        ];
        assert_eq!(inside, BTreeMap::from(expected));
        assert_eq!(
            bundles.as_they_are,
            BTreeSet::from(["vendor/big.js".to_owned()])
        );
        assert_eq!(bundles.loader, "(()=>{})();");
    }

    #[test]
    fn script_that_does_not_fit_the_others_is_refused_with_its_place() {
        for (path, text, expected) in [
            (
                "js/only.js",
                "export const p = 1;",
                "web/js/pages/b.js:2: js/only.js does not export o",
            ),
            (
                "js/later.js",
                "import { s } from \"./gone.js\";",
                "web/js/later.js:1: js/gone.js does not exist",
            ),
            (
                "js/later.js",
                "f(import(\"./gone.js\"));",
                "web/js/later.js:1: js/gone.js does not exist",
            ),
            (
                "js/shared.js",
                "import { o } from \"./only.js\";\nimport { s } from \"./shared.js\";\nexport const s = 1;",
                "it imports itself",
            ),
            (
                "js/unused.js",
                "export const u = 1;",
                "web/js/unused.js:1: nothing needs this script",
            ),
        ] {
            let mut files = scripts(&small());
            files.insert(path.to_owned(), text.to_owned());
            let fault = bundle(&files, "build").unwrap_err().to_string();
            assert!(fault.contains(expected), "{fault}");
        }
    }
}
