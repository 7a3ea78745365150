//! Templates: the library and the user's own, and containers from them.

use crate::domain::templates::{ImportRequest, SaveTemplate, TemplatePatch, TemplateQuery};
use crate::error::{Error, Result};
use crate::http::call::Call;
use crate::http::preview::{self, DRY_RUN, preview};
use crate::http::reply::{self, Reply};
use crate::model::template::{Answers, TemplateSource};
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, HeaderValue};

pub const LIST: &[&str] = &["q", "category", "source"];
pub const GET: &[&str] = &["format"];

pub async fn list(call: Call) -> Result<Reply> {
    let query = call.query(LIST)?;
    let source = match query.get("source") {
        None => None,
        Some("own") => Some(TemplateSource::Own),
        Some("library") => Some(TemplateSource::Library),
        Some(other) => {
            let why = format!("{other:?} is neither own nor library.");
            return Err(Error::invalid("source", why));
        }
    };
    let wanted = TemplateQuery {
        text: query.get("q").map(ToOwned::to_owned),
        category: query.get("category").map(ToOwned::to_owned),
        source,
    };
    reply::json(&call.context.templates.list(&wanted))
}

pub async fn get(call: Call) -> Result<Reply> {
    let query = call.query(GET)?;
    let (id, templates) = (call.param("id")?, &call.context.templates);
    match query.get("format") {
        None | Some("json") => reply::json(&templates.get(id)?),
        Some("export") => {
            let mut answer = reply::json(&templates.export(id)?)?;
            // The id was found, so it is one of letters, digits and dashes.
            let name = format!("attachment; filename=\"{id}.dockermate.json\"");
            if let Ok(name) = HeaderValue::from_str(&name) {
                answer.headers_mut().insert(CONTENT_DISPOSITION, name);
            }
            Ok(answer)
        }
        Some(other) => {
            let why = format!("{other:?} is neither json nor export.");
            Err(Error::invalid("format", why))
        }
    }
}

pub async fn save(mut call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call, DRY_RUN)?;
    let (request, body): (SaveTemplate, _) = preview::body(&mut call).await?;
    let templates = &call.context.templates;
    if dry_run {
        // A description of a container may carry passwords.
        let secret = request.spec.is_some();
        let plan = templates.plan_save(request).await?;
        return if secret {
            preview::secret(&plan)
        } else {
            preview(&call, plan, Some(body))
        };
    }
    reply::json_status(StatusCode::CREATED, &templates.save(request).await?)
}

pub async fn update(mut call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call, DRY_RUN)?;
    let (patch, body): (TemplatePatch, _) = preview::body(&mut call).await?;
    let (id, templates) = (call.param("id")?, &call.context.templates);
    if dry_run {
        let secret = patch.spec.is_some() || patch.variables.is_some();
        let plan = templates.plan_update(id, patch)?;
        return if secret {
            preview::secret(&plan)
        } else {
            preview(&call, plan, Some(body))
        };
    }
    reply::json(&templates.update(id, patch).await?)
}

pub async fn delete(call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call, DRY_RUN)?;
    let (id, templates) = (call.param("id")?, &call.context.templates);
    if dry_run {
        return preview(&call, templates.plan_delete(id)?, None);
    }
    templates.delete(id).await?;
    Ok(reply::no_content())
}

pub async fn render(mut call: Call) -> Result<Reply> {
    let answers: Answers = call.json_or_default().await?;
    let id = call.param("id")?;
    reply::json(&call.context.templates.render(id, &answers)?)
}

pub async fn import(mut call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call, DRY_RUN)?;
    let request: ImportRequest = call.json().await?;
    reply::json(&call.context.templates.import(request, dry_run).await?)
}
