//! Compose files as they are typed.

use crate::domain::compose::{self, ValidateRequest};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::reply::{self, Reply};

pub async fn validate(mut call: Call) -> Result<Reply> {
    let request: ValidateRequest = call.json().await?;
    reply::json(&compose::validate(&request))
}
