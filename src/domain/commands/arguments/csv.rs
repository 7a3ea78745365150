//! Comma-separated values for the flags that take them (`--mount`,
//! `--network`, `--gpus`), as Go's `encoding/csv` reads them (RFC 4180).

/// The fields as one value.
pub(super) fn join(fields: &[String]) -> String {
    let quoted: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    quoted.join(",")
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
