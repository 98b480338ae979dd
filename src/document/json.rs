//! Reads an article from a JSON object.

use serde_json::{Map, Value};

use super::failure::{Flaw, Stage};
use super::fields::ArticleFields;
use super::html;

/// The article in a JSON object; `line` is its line number in a JSON Lines file.
///
/// # Errors
///
/// [`Flaw`] if it is not a JSON object, has neither `text` nor `html`, or a known field has the
/// wrong type.
pub(super) fn article(json: &str, line: Option<u64>) -> Result<ArticleFields, Flaw> {
    let value = serde_json::from_str(json).map_err(|error| syntax(&error, line))?;
    let Value::Object(mut fields) = value else {
        let reason = format!("expected a JSON object with an article, found {}", name(&value));
        return Err(flaw(match line {
            Some(_) => reason,
            None => format!("{reason}; write one article a line and name the file .jsonl"),
        }));
    };
    if fields.get("schema").and_then(Value::as_str).is_some_and(|schema| schema.starts_with("demarche/")) {
        return Err(flaw(
            "a record that this program wrote, and no article; leave outputs out of the inputs",
        ));
    }
    let id = match fields.shift_remove("id") {
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(value) => string("id", value)?,
        None => None,
    };
    let title = take(&mut fields, "title")?;
    let text = take(&mut fields, "text")?;
    let page = take(&mut fields, "html")?;
    let url = take(&mut fields, "url")?;
    let published = take(&mut fields, "published")?;
    let outlet = take(&mut fields, "source")?;
    let found = match (text, page) {
        (Some(text), page) if page.is_none() || !text.trim().is_empty() => {
            ArticleFields { text, ..ArticleFields::default() }
        }
        (_, Some(page)) => html::extract(&page)?,
        // The first arm has handled every text without a page.
        (_, None) => {
            return Err(flaw("neither \"text\" nor \"html\"; one of them must hold the article"));
        }
    };
    Ok(ArticleFields {
        id: id.filter(|id| !id.is_empty()),
        title: title.or(found.title),
        text: found.text,
        url: url.or(found.url),
        published: published.or(found.published),
        outlet: outlet.or(found.outlet),
        meta: fields,
    })
}

/// Takes a field that is a string, missing or null.
fn take(fields: &mut Map<String, Value>, field: &str) -> Result<Option<String>, Flaw> {
    match fields.shift_remove(field) {
        Some(value) => string(field, value),
        None => Ok(None),
    }
}

fn string(field: &str, value: Value) -> Result<Option<String>, Flaw> {
    match value {
        Value::String(value) => Ok(Some(value)),
        Value::Null => Ok(None),
        other => Err(flaw(format!("the field {field:?} must be a string, not {}", name(&other)))),
    }
}

fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// serde's error, with the line number of the file.
fn syntax(error: &serde_json::Error, line: Option<u64>) -> Flaw {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = said.strip_suffix(&place).unwrap_or(&said);
    let column = error.column();
    flaw(match line {
        Some(_) if error.is_eof() => {
            format!(
                "not a complete JSON object: {what}, column {column}; each line must hold one whole object"
            )
        }
        Some(_) => format!("not valid JSON: {what}, column {column}"),
        None => {
            let reason = format!("not valid JSON: {what}, line {} column {column}", error.line());
            if what == "trailing characters" {
                format!("{reason}; if each line holds an article, name the file .jsonl")
            } else {
                reason
            }
        }
    })
}

fn flaw(reason: impl Into<String>) -> Flaw {
    Flaw::new(Stage::Parse, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(json: &str, line: Option<u64>) -> String {
        article(json, line).unwrap_err().reason
    }

    #[test]
    fn the_text_is_kept_unchanged_and_unknown_fields_with_it() {
        let json = r#"{"id": 7, "text": " One.\r\n\n Two. ", "source": "Post", "tags": ["a"],
                       "published": null, "author": {"name": "B"}}"#;
        let article = article(json, Some(1)).unwrap();
        assert_eq!(article.id.as_deref(), Some("7"));
        assert_eq!(article.text, " One.\r\n\n Two. ");
        assert_eq!(article.outlet.as_deref(), Some("Post"));
        assert_eq!(article.published, None);
        let fields: Vec<_> = article.meta.keys().map(String::as_str).collect();
        assert_eq!(fields, ["tags", "author"]);
    }

    #[cfg(feature = "html")]
    #[test]
    fn html_is_read_where_there_is_no_text_and_the_fields_outrank_the_page() {
        let json = r#"{"title": "Ours", "text": "",
                       "html": "<title>Theirs</title><p>The port is open.</p>"}"#;
        let article = article(json, None).unwrap();
        assert_eq!(article.text, "The port is open.");
        assert_eq!(article.title.as_deref(), Some("Ours"));
    }

    #[test]
    fn a_field_of_a_wrong_type_is_named() {
        assert!(reason(r#"{"text": 5}"#, Some(1)).contains(r#""text" must be a string, not a number"#));
        assert!(reason(r#"{"text": "a", "id": []}"#, Some(1)).contains(r#""id""#));
        assert!(reason(r#"{"title": "a"}"#, Some(1)).contains(r#"neither "text" nor "html""#));
        assert!(reason("[]", Some(1)).contains("a list"));
    }

    #[test]
    fn broken_json_is_reported_with_its_column() {
        assert!(reason(r#"{"text": "a" "id": 1}"#, Some(9)).ends_with("column 14"));
        assert!(reason(r#"{"text": "#, Some(9)).contains("each line must hold one whole object"));
        assert!(reason("{}\n{}", None).contains(".jsonl"));
        assert!(reason(&"[".repeat(100_000), Some(1)).contains("recursion"));
    }
}
