//! Proto JSON as the standard has it, where the generated code falls short: times end in `Z`, whole numbers have no `.0`.

use serde::Serialize;
use serde_json::{Number, Value};

/// The JSON form of a message.
pub(crate) fn to_value<T: Serialize>(message: &T) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(message)?;
    mend("", &mut value);
    Ok(value)
}

fn mend(name: &str, value: &mut Value) {
    match value {
        // Every field of the API that holds a time is named so.
        Value::String(text) if name.ends_with("Time") || name == "time" => {
            if let Some(local) = text.strip_suffix("+00:00") {
                *text = format!("{local}Z");
            }
        }
        Value::Number(number) => {
            if let Some(whole) = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15)
            {
                // Whole and far below 2^53: the cast is exact.
                *number = Number::from(whole as i64);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mend(name, item)),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| mend(name, value)),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_end_in_z_and_whole_numbers_are_whole() {
        let message = json!({
            "createTime": "2026-11-22T17:59:57.393876+00:00",
            "inputs": {"port": 80.0, "half": 0.5, "text": "12+00:00", "list": [1.0]},
            "generation": "1",
        });
        let wanted = json!({
            "createTime": "2026-11-22T17:59:57.393876Z",
            "inputs": {"port": 80, "half": 0.5, "text": "12+00:00", "list": [1]},
            "generation": "1",
        });
        assert_eq!(to_value(&message).unwrap(), wanted);
    }
}
