//! The hardware profile: the one table of everything that depends on the box
//! (section 5 of the design, its missing cells filled in the same spirit).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProfileName {
    RaspberryPi,
    LowEnd,
    MediumServer,
    HighEnd,
    Enterprise,
}
