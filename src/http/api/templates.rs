//! Templates: the library and the user's own, and containers from them.

use crate::domain::templates::{ImportRequest, SaveTemplate, TemplatePatch, TemplateQuery};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview::{self, preview};
use crate::http::query::{Parameter, flag, text, word};
use crate::http::reply::{self, Reply};
use crate::model::template::{Answers, TemplateSource};
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, HeaderValue};

pub const LIST: &[Parameter] = &[Q, CATEGORY, SOURCE];
const Q: Parameter = text(
    "q",
    "Words that must all be in the name, description, category or image.",
);
const CATEGORY: Parameter = text("category", "Only those of this category.");
const SOURCE: Parameter = word(
    "source",
    &["own", "library"],
    None,
    "Only your own, or only the built-in library.",
);
/// An import answers in the same form.
pub const PREVIEW: Parameter = flag("dry_run", false, "Only show what would be imported.");
pub const FORMAT: Parameter = word(
    "format",
    &["json", "export"],
    Some("json"),
    "`export` answers with a document for another host, without passwords.",
);

pub async fn list(call: Call) -> Result<Reply> {
    let query = &call.query;
    let source = query.word(&SOURCE).map(|word| match word {
        "own" => TemplateSource::Own,
        _ => TemplateSource::Library,
    });
    let wanted = TemplateQuery {
        text: query.text(&Q).map(ToOwned::to_owned),
        category: query.text(&CATEGORY).map(ToOwned::to_owned),
        source,
    };
    reply::json(&call.context.templates.list(&wanted))
}

pub async fn get(call: Call) -> Result<Reply> {
    let (id, templates) = (call.param("id")?, &call.context.templates);
    if call.query.word(&FORMAT) != Some("export") {
        return reply::json(&templates.get(id)?);
    }
    let mut answer = reply::json(&templates.export(id)?)?;
    // The id was found, so it is one of letters, digits and dashes.
    let name = format!("attachment; filename=\"{id}.dockermate.json\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        answer.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(answer)
}

pub async fn save(mut call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call);
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
    let dry_run = preview::wanted(&call);
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
    let dry_run = preview::wanted(&call);
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
    let dry_run = call.query.flag(&PREVIEW);
    let request: ImportRequest = call.json().await?;
    reply::json(&call.context.templates.import(request, dry_run).await?)
}
