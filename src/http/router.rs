//! From a method and a path to a route. Made once from the table of routes.

use super::routes::Route;
use crate::error::{Error, Kind, Result};
use hyper::Method;
use percent_encoding::percent_decode_str;

pub struct Router {
    tree: matchit::Router<Vec<&'static Route>>,
}

/// A route, and the decoded parts of the path it was found by.
pub struct RouteMatch {
    pub route: &'static Route,
    pub params: Vec<(String, String)>,
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Router")
    }
}

impl Router {
    pub fn new(routes: &'static [Route]) -> Result<Self> {
        let mut grouped: Vec<(&'static str, Vec<&'static Route>)> = Vec::new();
        for route in routes {
            match grouped.iter_mut().find(|(path, _)| *path == route.path) {
                Some((_, group)) => group.push(route),
                None => grouped.push((route.path, vec![route])),
            }
        }
        let mut tree = matchit::Router::new();
        for (path, group) in grouped {
            tree.insert(path, group).map_err(|error| {
                Error::internal(format!("The route {path} cannot be used: {error}"))
            })?;
        }
        Ok(Self { tree })
    }

    pub fn find(&self, method: &Method, path: &str) -> Result<RouteMatch> {
        let matched = self
            .tree
            .at(path)
            .map_err(|_| Error::not_found("This page does not exist."))?;
        let params = matched
            .params
            .iter()
            .map(|(name, value)| Ok((name.to_owned(), decode(value)?)))
            .collect::<Result<Vec<_>>>()?;
        let group = matched.value;
        let wanted = if method == Method::HEAD {
            "GET"
        } else {
            method.as_str()
        };
        if let Some(route) = group.iter().find(|route| route.method == wanted) {
            return Ok(RouteMatch { route, params });
        }
        let mut allow: Vec<&str> = group.iter().map(|route| route.method).collect();
        if allow.contains(&"GET") {
            allow.push("HEAD");
        }
        let allow = allow.join(", ");
        Err(Error::new(
            Kind::MethodNotAllowed {
                allow: allow.clone(),
            },
            format!("The method {method} is not allowed here. Allowed: {allow}."),
        ))
    }
}

/// One path segment, decoded. What could pretend to be a path or a line is refused.
fn decode(segment: &str) -> Result<String> {
    let text = percent_decode_str(segment)
        .decode_utf8()
        .map_err(|_| Error::bad_request("The URL is not UTF-8.").code("bad_path"))?;
    if text.chars().any(char::is_control) {
        return Err(Error::bad_request("The URL contains control characters.").code("bad_path"));
    }
    Ok(text.into_owned())
}
