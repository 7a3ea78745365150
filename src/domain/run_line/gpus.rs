//! `--gpus` (`opts/gpus.go` of the Docker CLI): `all`, `2`, `device=0`,
//! `"device=0,1","capabilities=compute,utility"`.

use super::csv;
use crate::model::spec::DeviceRequest;
use std::collections::BTreeSet;

/// # Errors
/// A sentence that says what is wrong and what is allowed.
pub(super) fn gpus(text: &str) -> Result<DeviceRequest, String> {
    let mut request = DeviceRequest::default();
    let mut seen = BTreeSet::new();
    let list = |value: &str| -> Vec<String> { value.split(',').map(ToOwned::to_owned).collect() };
    for field in csv::fields(text)? {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key, value),
            None => ("count", field.as_str()),
        };
        if !seen.insert(key.to_owned()) {
            return Err(format!("--gpus has {key} twice."));
        }
        match key {
            "count" => request.count = Some(count(value)?),
            "driver" => value.clone_into(&mut request.driver),
            "device" => request.device_ids = list(value),
            "capabilities" => {
                let mut words = list(value);
                words.push("gpu".to_owned());
                request.capabilities = vec![words];
            }
            "options" => {
                for option in csv::fields(value)? {
                    let (name, value) = option.split_once('=').unwrap_or((&option, ""));
                    request.options.insert(name.to_owned(), value.to_owned());
                }
            }
            _ => {
                return Err(format!(
                    "{key:?} is not an option of --gpus. Allowed: all, a number, count, driver, device, capabilities, options."
                ));
            }
        }
    }
    if request.count.is_none() && request.device_ids.is_empty() {
        request.count = Some(1);
    }
    // None of them, which is what the engine reads when nothing is said.
    request.count = request.count.filter(|count| *count != 0);
    if request.capabilities.is_empty() {
        request.capabilities = vec![vec!["gpu".to_owned()]];
    }
    Ok(request)
}

fn count(text: &str) -> Result<i64, String> {
    if text == "all" {
        return Ok(-1);
    }
    text.parse()
        .map_err(|_| format!("{text:?} is not a number of GPUs. Write all or a number."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpus_value_is_parsed_in_every_form_and_invalid_ones_are_refused() {
        let read = |text: &str| gpus(text).unwrap();
        assert_eq!(read("all").count, Some(-1));
        assert_eq!(read("all").capabilities, [["gpu"]]);
        assert_eq!(read("2").count, Some(2));
        assert_eq!(read("driver=nvidia").count, Some(1));
        let two = read(r#""device=0,1","capabilities=compute,utility","options=a=b,c=d""#);
        assert_eq!((two.count, two.device_ids.len()), (None, 2));
        assert_eq!(two.capabilities, [["compute", "utility", "gpu"]]);
        assert_eq!(two.options.len(), 2);
        for wrong in ["", "some", "count=x", "all,all", "x=y"] {
            assert!(gpus(wrong).is_err(), "{wrong}");
        }
    }
}
