use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::FieldMask;

impl Serialize for FieldMask {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let paths: Option<Vec<String>> = self.paths.iter().map(|path| camel(path)).collect();
        let paths = paths.ok_or_else(|| {
            S::Error::custom(
                "a field mask names fields in snake_case, without capitals and double underscores",
            )
        })?;
        serializer.serialize_str(&paths.join(","))
    }
}

impl<'de> Deserialize<'de> for FieldMask {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self::default());
        }
        let paths: Option<Vec<String>> = text.split(',').map(snake).collect();
        let paths = paths.ok_or_else(|| {
            D::Error::custom(
                "a field mask names fields in lowerCamelCase, separated by commas: version,inputs",
            )
        })?;
        Ok(Self { paths })
    }
}

/// None for a name that would not come back as it was.
fn camel(path: &str) -> Option<String> {
    let mut name = String::with_capacity(path.len());
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '_' => name.extend(letters.next().filter(char::is_ascii_lowercase)?.to_uppercase()),
            _ if letter.is_ascii_uppercase() => return None,
            _ => name.push(letter),
        }
    }
    Some(name)
}

fn snake(path: &str) -> Option<String> {
    if path.is_empty() {
        return None;
    }
    let mut name = String::with_capacity(path.len() + 4);
    for letter in path.chars() {
        match letter {
            'A'..='Z' => name.extend(['_', letter.to_ascii_lowercase()]),
            'a'..='z' | '0'..='9' | '.' => name.push(letter),
            _ => return None,
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_lower_camel_case_separated_by_commas() {
        let mask = FieldMask { paths: vec!["version".to_owned(), "update_time.nano_part".to_owned()] };
        let text = "version,updateTime.nanoPart";
        assert_eq!(serde_json::to_value(&mask).unwrap(), text);
        assert_eq!(serde_json::from_value::<FieldMask>(text.into()).unwrap(), mask);
        assert_eq!(serde_json::from_value::<FieldMask>("".into()).unwrap(), FieldMask::default());
    }

    #[test]
    fn names_that_would_not_come_back_are_refused() {
        for path in ["upperCase", "double__underscore", "end_", "digit_1"] {
            let mask = FieldMask { paths: vec![path.to_owned()] };
            assert!(serde_json::to_value(mask).is_err(), "{path}");
        }
        for text in ["snake_case", "a,,b", "a b", ","] {
            assert!(serde_json::from_value::<FieldMask>(text.into()).is_err(), "{text}");
        }
    }
}
