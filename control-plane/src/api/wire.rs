//! Between wire types and what verbs take, as far as several services need it.

use purvey_contract::inputs::Inputs;
use purvey_proto::google::protobuf::{Struct, Timestamp, Value, value::Kind};
use time::OffsetDateTime;

use crate::error::Error;

/// A point in time.
pub fn timestamp(time: OffsetDateTime) -> Timestamp {
    let nanos = i32::try_from(time.nanosecond()).unwrap_or_default();
    Timestamp { seconds: time.unix_timestamp(), nanos }
}

/// An id that is a UUID.
pub fn uuid<T: From<uuid::Uuid>>(field: &str, text: &str) -> Result<T, Error> {
    required(field, text)?;
    let parsed = text.parse::<uuid::Uuid>();
    parsed.map(T::from).map_err(|_| Error::invalid(field, "INVALID_UUID", "a UUID is needed"))
}

/// A field that must not be empty.
pub fn required(field: &str, text: &str) -> Result<(), Error> {
    if text.is_empty() { Err(Error::invalid(field, "REQUIRED", "this field is needed")) } else { Ok(()) }
}

/// A span of time; none if it was not given.
pub fn duration(
    field: &'static str,
    given: Option<purvey_proto::google::protobuf::Duration>,
) -> Result<Option<time::Duration>, Error> {
    let Some(purvey_proto::google::protobuf::Duration { seconds, nanos }) = given else { return Ok(None) };
    if !(0..=315_576_000_000).contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
        return Err(Error::invalid(
            field,
            "INVALID_DURATION",
            "a positive duration is needed, such as 3600s",
        ));
    }
    Ok(Some(time::Duration::new(seconds, nanos)))
}

/// JSON as the domain has it.
///
/// Numbers without a fraction become whole numbers: protobuf's `Value` knows only doubles.
pub fn inputs_from_wire(given: Option<Struct>) -> Inputs {
    let fields = given.map(|given| given.fields).unwrap_or_default();
    fields.into_iter().map(|(name, value)| (name, json(value))).collect()
}

/// JSON as the wire has it.
pub fn inputs_to_wire(inputs: &Inputs) -> Struct {
    Struct { fields: inputs.iter().map(|(name, value)| (name.clone(), wire_value(value))).collect() }
}

fn json(value: Value) -> serde_json::Value {
    match value.kind {
        None | Some(Kind::NullValue(_)) => serde_json::Value::Null,
        Some(Kind::BoolValue(truth)) => truth.into(),
        Some(Kind::StringValue(text)) => text.into(),
        Some(Kind::NumberValue(number)) => json_number(number),
        Some(Kind::ListValue(list)) => list.values.into_iter().map(json).collect(),
        Some(Kind::StructValue(fields)) => serde_json::Value::Object(
            fields.fields.into_iter().map(|(name, value)| (name, json(value))).collect(),
        ),
    }
}

fn json_number(number: f64) -> serde_json::Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT { (number as i64).into() } else { number.into() }
}

/// A JSON value as the wire has it.
pub fn wire_value(value: &serde_json::Value) -> Value {
    let kind = match value {
        serde_json::Value::Null => Kind::NullValue(0),
        serde_json::Value::Bool(truth) => Kind::BoolValue(*truth),
        serde_json::Value::String(text) => Kind::StringValue(text.clone()),
        serde_json::Value::Number(number) => Kind::NumberValue(
            number.as_f64().or_else(|| number.as_i64().map(|n| n as f64)).unwrap_or_default(),
        ),
        serde_json::Value::Array(values) => Kind::ListValue(purvey_proto::google::protobuf::ListValue {
            values: values.iter().map(wire_value).collect(),
        }),
        serde_json::Value::Object(fields) => Kind::StructValue(inputs_to_wire(fields)),
    };
    Value { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_come_back_as_they_were() {
        let given = serde_json::json!({
            "port": 80, "ratio": 0.5, "name": "a", "on": true, "none": null, "list": ["a", 1], "deep": { "x": -1 }
        });
        let serde_json::Value::Object(given) = given else { unreachable!() };
        assert_eq!(inputs_from_wire(Some(inputs_to_wire(&given))), given);
    }

    #[test]
    fn a_negative_duration_is_refused() {
        let given = |seconds, nanos| {
            duration("ttl", Some(purvey_proto::google::protobuf::Duration { seconds, nanos }))
        };
        assert!(given(-1, 0).is_err() && given(0, -1).is_err());
        assert_eq!(given(1, 500_000_000).unwrap(), Some(time::Duration::milliseconds(1500)));
        assert_eq!(duration("ttl", None).unwrap(), None);
    }
}
