//! Registries: the list, and the login at each, which is set, deleted and tested.

use crate::domain::registries::{LoginTestRequest, RegistryLoginRequest};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview::{self, preview};
use crate::http::reply::{self, Reply};

pub async fn list(call: Call) -> Result<Reply> {
    reply::json(&call.context.registries.list().await?)
}

pub async fn put(mut call: Call) -> Result<Reply> {
    let dry_run = preview::wanted(&call);
    let request: RegistryLoginRequest = call.json().await?;
    let (registry, registries) = (call.param("registry")?, &call.context.registries);
    if dry_run {
        // Its commands ask for the secret themselves.
        let plan = registries.plan_set(registry, &request).await?;
        return preview::secret(&plan);
    }
    reply::json(&registries.set(registry, request, &call.client).await?)
}

pub async fn delete(call: Call) -> Result<Reply> {
    let (registry, registries) = (call.param("registry")?, &call.context.registries);
    if preview::wanted(&call) {
        return preview(&call, registries.plan_delete(registry).await?, None);
    }
    registries.delete(registry, &call.client).await?;
    Ok(reply::no_content())
}

pub async fn test(mut call: Call) -> Result<Reply> {
    let request: LoginTestRequest = call.json_or_default().await?;
    let (registry, registries) = (call.param("registry")?, &call.context.registries);
    reply::json(&registries.test(registry, request).await?)
}
