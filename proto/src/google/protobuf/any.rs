use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Any;

/// The form of types that are not known here: the encoded message, in base64.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Encoded {
    #[serde(rename = "@type")]
    type_url: String,
    #[serde(deserialize_with = "base64")]
    value: Vec<u8>,
}

fn base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    pbjson::private::BytesDeserialize::<Vec<u8>>::deserialize(deserializer).map(|bytes| bytes.0)
}

impl Serialize for Any {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(2))?;
        object.serialize_entry("@type", &self.type_url)?;
        object.serialize_entry(
            "value",
            &pbjson::private::base64::Engine::encode(
                &pbjson::private::base64::engine::general_purpose::STANDARD,
                &self.value,
            ),
        )?;
        object.end()
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Encoded::deserialize(deserializer).map(|Encoded { type_url, value }| Self { type_url, value })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_its_type() {
        let any = Any { type_url: "type.googleapis.com/a.B".to_owned(), value: vec![8, 1] };
        let text = json!({"@type": "type.googleapis.com/a.B", "value": "CAE="});
        assert_eq!(serde_json::to_value(&any).unwrap(), text);
        assert_eq!(serde_json::from_value::<Any>(text).unwrap(), any);
    }
}
