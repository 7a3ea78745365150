//! `extends`: a service that begins as another one, of this file or of another.

use super::node::{Entry, Node, SourcePlace, Value};
use super::reader::{Loader, Variables};
use super::unique::unique;
use super::{merge, paths};

/// A service that is being extended, by its file and its name.
type Chain = Vec<(String, String)>;
/// Services that extend one another.
const LONGEST: usize = 50;

/// Resolves every `extends` of a document. Services that were included count too.
pub fn extend(
    loader: &mut Loader<'_>,
    document: &mut Node,
    included: &Node,
    file: &str,
    folder: &str,
    variables: &Variables,
) {
    let services = document.get("services").cloned();
    let Some(all) = services.filter(|all| all.as_map().is_some()) else {
        return;
    };
    let own: Vec<Entry> = all.entries().to_vec();
    for entry in own {
        if entry.node.get("extends").is_none() {
            continue;
        }
        let source = Source {
            services: &all,
            included: included.get("services"),
            file,
            folder,
        };
        let mut chain = vec![(file.to_owned(), entry.key.clone())];
        let Some(done) = resolved(loader, &entry, &source, variables, &mut chain) else {
            continue;
        };
        if let Some(services) = document.get_mut("services") {
            services.set(&entry.key, done);
        }
    }
}

/// Where the names of a file's services lead.
struct Source<'a> {
    services: &'a Node,
    included: Option<&'a Node>,
    file: &'a str,
    folder: &'a str,
}

fn resolved(
    loader: &mut Loader<'_>,
    entry: &Entry,
    source: &Source<'_>,
    variables: &Variables,
    chain: &mut Chain,
) -> Option<Node> {
    let mut service = entry.node.clone();
    let Some(extends) = service.take("extends") else {
        return Some(service);
    };
    if service.as_map().is_none() {
        return Some(entry.node.clone());
    }
    let at = extends.at;
    let text = |key: &str| extends.get(key).and_then(Node::as_text);
    let Some(name) = extends.as_text().or_else(|| text("service")) else {
        let why = format!(
            "services.{}.extends needs the name of a service.",
            entry.key
        );
        loader.fault(at, why);
        return None;
    };
    let (name, other) = (name.to_owned(), text("file").map(str::to_owned));
    let base = match other {
        Some(path) => {
            let path = paths::joined(source.folder, &path);
            if path == source.file {
                of_this(loader, &name, source, variables, chain, entry, at)?
            } else {
                of_other(loader, &name, &path, variables, chain, entry, at)?
            }
        }
        None => of_this(loader, &name, source, variables, chain, entry, at)?,
    };
    let mut model = under(&entry.key, base);
    let mut over = under(&entry.key, service);
    merge::reset(&mut model, &mut over);
    unique(&mut model);
    unique(&mut over);
    if let Err(fault) = merge::merge(&mut model, over) {
        loader.faults.push(fault);
        return None;
    }
    model.take("services")?.take(&entry.key)
}

/// A service in a file of its own, where the rules of the merge find it.
fn under(name: &str, service: Node) -> Node {
    let at = service.at;
    let mut services = Node::new(Value::Map(Vec::new()), at);
    services.set(name, service);
    let mut file = Node::new(Value::Map(Vec::new()), at);
    file.set("services", services);
    file
}

fn begin(
    loader: &mut Loader<'_>,
    file: &str,
    name: &str,
    chain: &mut Chain,
    at: SourcePlace,
) -> Option<()> {
    let this = (file.to_owned(), name.to_owned());
    if chain.len() >= LONGEST {
        loader.fault(
            at,
            format!("extends: more than {LONGEST} services in a row."),
        );
        return None;
    }
    if chain.contains(&this) {
        let names: Vec<&str> = chain.iter().map(|(_, name)| name.as_str()).collect();
        let why = format!(
            "extends: a circular reference, a cycle: {} -> {name}.",
            names.join(" -> ")
        );
        loader.fault(at, why);
        return None;
    }
    chain.push(this);
    Some(())
}

fn of_this(
    loader: &mut Loader<'_>,
    name: &str,
    source: &Source<'_>,
    variables: &Variables,
    chain: &mut Chain,
    from: &Entry,
    at: SourcePlace,
) -> Option<Node> {
    let found = source
        .services
        .get(name)
        .or_else(|| source.included?.get(name))
        .cloned();
    let Some(node) = found else {
        let why = format!(
            "services.{} extends the service {name}, which {} does not have.",
            from.key, source.file
        );
        loader.fault(at, why);
        return None;
    };
    begin(loader, source.file, name, chain, at)?;
    let entry = Entry {
        key: name.to_owned(),
        at: node.at,
        node,
    };
    resolved(loader, &entry, source, variables, chain)
}

fn of_other(
    loader: &mut Loader<'_>,
    name: &str,
    path: &str,
    variables: &Variables,
    chain: &mut Chain,
    from: &Entry,
    at: SourcePlace,
) -> Option<Node> {
    let mut documents = loader.documents(path, at)?.into_iter();
    let mut file = documents.next()?;
    for document in documents {
        if let Err(fault) = merge::merge(&mut file, document) {
            loader.faults.push(fault);
            return None;
        }
    }
    let before = loader.errors();
    loader.interpolate(&mut file, "", variables);
    loader.bounded(&file);
    if loader.errors() > before {
        return None;
    }
    let nothing = Node::new(Value::Map(Vec::new()), at);
    let services = file.get("services").unwrap_or(&nothing).clone();
    let folder = paths::folder_of(path).to_owned();
    let source = Source {
        services: &services,
        included: None,
        file: path,
        folder: &folder,
    };
    let base = of_this(loader, name, &source, variables, chain, from, at)?;
    // Its relative paths count from its own folder.
    let mut model = under(name, base);
    unique(&mut model);
    loader.checked(&mut model)?;
    paths::make_absolute(&mut model, &folder, loader.home);
    model.take("services")?.take(name)
}
