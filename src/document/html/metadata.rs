//! Reads the metadata of a page: title, address, date and outlet.

use dom_query::Document;
use serde_json::Value;

use crate::document::fields::ArticleFields;

/// Separators between a title and the name of the site.
const SEPARATORS: [&str; 7] = [" | ", " - ", " – ", " — ", " » ", " · ", " :: "];

/// The article's metadata, without its text.
pub(super) fn read(document: &Document) -> ArticleFields {
    let page = PageHead::of(document);
    let outlet =
        page.meta(&["og:site_name"]).or_else(|| page.outlet()).or_else(|| page.meta(&["application-name"]));
    let published = page
        .meta(&["article:published_time", "og:article:published_time", "og:published_time"])
        .or_else(|| page.data("datePublished"))
        .or_else(|| {
            page.meta(&[
                "datepublished",
                "date",
                "pubdate",
                "publishdate",
                "publish-date",
                "parsely-pub-date",
                "dc.date.issued",
                "dc.date",
            ])
        })
        .or_else(|| filled(document.select_single("time[datetime]").attr("datetime")));
    let canonical = document.select_single(r#"link[rel~="canonical"]"#);
    let url = [filled(canonical.attr("href")), page.meta(&["og:url"]), page.data("url")]
        .into_iter()
        .flatten()
        .find(|url| url.starts_with("https://") || url.starts_with("http://"));
    ArticleFields {
        title: title(document, &page, outlet.as_deref()),
        url,
        published,
        outlet,
        ..ArticleFields::default()
    }
}

/// The title without the name of the site.
fn title(document: &Document, page: &PageHead, outlet: Option<&str>) -> Option<String> {
    let heading = filled(Some(document.select_single("h1").text()));
    let stated = page.meta(&["og:title", "twitter:title"]);
    let shown = || filled(Some(document.select_single("head > title, title").text()));
    if let Some(stated) = stated {
        return Some(without_outlet(&stated, outlet).to_owned());
    }
    let Some(shown) = shown() else {
        return heading.or_else(|| page.data("headline"));
    };
    // The heading shows where the title ends.
    match heading {
        Some(heading) if shown.starts_with(&heading) => Some(heading),
        _ => {
            let title = without_outlet(&shown, outlet);
            Some(if title == shown { without_suffix(title) } else { title }.to_owned())
        }
    }
}

/// `title` without a separator and the outlet's name at its end.
fn without_outlet<'a>(title: &'a str, outlet: Option<&str>) -> &'a str {
    let Some(outlet) = outlet.map(str::to_lowercase) else {
        return title;
    };
    let found = SEPARATORS.iter().find_map(|separator| {
        let (before, after) = title.rsplit_once(separator)?;
        (after.trim().to_lowercase() == outlet).then_some(before.trim())
    });
    found.filter(|title| !title.is_empty()).unwrap_or(title)
}

/// `title` without a short last part, which is usually the name of the site.
fn without_suffix(title: &str) -> &str {
    let words = |part: &str| part.split_whitespace().count();
    let last = SEPARATORS
        .iter()
        .filter_map(|separator| title.rsplit_once(separator))
        .min_by_key(|(_, after)| after.len());
    match last {
        Some((before, after)) if words(before) >= 4 && words(after) <= 3 => before.trim(),
        _ => title,
    }
}

/// The metadata in the head of a page.
struct PageHead {
    /// Names, in lower case, and contents of the `meta` elements.
    meta: Vec<(String, String)>,
    /// The articles in the page's linked data (JSON-LD).
    data: Vec<Value>,
}

impl PageHead {
    fn of(document: &Document) -> Self {
        let mut meta = Vec::new();
        for node in document.select("meta[content]").nodes() {
            let Some(content) = filled(node.attr("content")) else {
                continue;
            };
            for attribute in ["property", "name", "itemprop"] {
                if let Some(name) = node.attr(attribute) {
                    meta.push((name.trim().to_lowercase(), content.clone()));
                }
            }
        }
        let mut data = Vec::new();
        for node in document.select(r#"script[type="application/ld+json"]"#).nodes() {
            let text = node.text();
            let text = text.trim().trim_start_matches("<![CDATA[").trim_end_matches("]]>");
            // Linked data that is not JSON is ignored.
            if let Ok(value) = serde_json::from_str(text) {
                articles(value, &mut data);
            }
        }
        Self { meta, data }
    }

    /// The content of the first of `names` that the page has.
    fn meta(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| {
            let mut pairs = self.meta.iter();
            pairs.find(|(key, _)| key == name).map(|(_, content)| content.clone())
        })
    }

    /// A string field of the linked data.
    fn data(&self, field: &str) -> Option<String> {
        let mut values = self.data.iter().filter_map(|article| article.get(field)?.as_str());
        values.find_map(squeezed)
    }

    /// The publisher in the linked data: a name, or one or more objects with a name.
    fn outlet(&self) -> Option<String> {
        self.data.iter().find_map(|article| {
            let publisher = match article.get("publisher")? {
                Value::Array(publishers) => publishers.first()?,
                publisher => publisher,
            };
            squeezed(publisher.as_str().or_else(|| publisher.get("name")?.as_str())?)
        })
    }
}

/// Collects the articles in linked data, which may be an object, a list or a graph.
fn articles(value: Value, found: &mut Vec<Value>) {
    // The depth is limited by the JSON parser.
    match value {
        Value::Array(values) => values.into_iter().for_each(|value| articles(value, found)),
        Value::Object(mut fields) => {
            if let Some(graph) = fields.remove("@graph") {
                articles(graph, found);
            }
            let is_article = |value: &Value| {
                value.as_str().is_some_and(|kind| {
                    kind.ends_with("Article") || kind.ends_with("Posting") || kind.ends_with("Report")
                })
            };
            let kinds = fields.get("@type");
            if kinds.is_some_and(|kinds| match kinds {
                Value::Array(kinds) => kinds.iter().any(is_article),
                kind => is_article(kind),
            }) {
                found.push(Value::Object(fields));
            }
        }
        _ => {}
    }
}

/// A value with single spaces, unless it is blank.
fn filled(value: Option<impl AsRef<str>>) -> Option<String> {
    squeezed(value?.as_ref())
}

fn squeezed(value: &str) -> Option<String> {
    let words: Vec<_> = value.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title_of(head: &str) -> Option<String> {
        read(&Document::from(format!("<head>{head}</head>"))).title
    }

    #[test]
    fn the_name_of_the_site_is_not_part_of_the_title() {
        for (head, title) in [
            ("<title>Port opens after three days - The Quay</title>", "Port opens after three days"),
            (
                "<title>Port opens after three days – live – The Quay | News</title>\
                 <h1>Port opens after three days</h1>",
                "Port opens after three days",
            ),
            ("<title>Storm - latest</title>", "Storm - latest"),
            ("<meta property='og:title' content='Port – and quay – open'>", "Port – and quay – open"),
        ] {
            assert_eq!(title_of(head).as_deref(), Some(title));
        }
    }

    #[test]
    fn linked_data_may_be_one_thing_a_list_or_a_graph() {
        let article = r#"{"@type": "NewsArticle", "headline": "Port opens", "url": "/port",
                          "datePublished": "2025-03-04", "publisher": [{"name": "The  Quay"}]}"#;
        let other = r#"{"@type": "Organization", "datePublished": "1999"}"#;
        for data in [
            article.to_owned(),
            format!("[{other}, {article}]"),
            format!(r#"{{"@graph": [{other}, {article}]}}"#),
            format!("<![CDATA[ [[{article}]] ]]>"),
        ] {
            let page = format!("<script type='application/ld+json'>{data}</script>");
            let read = read(&Document::from(page));
            assert_eq!(read.title.as_deref(), Some("Port opens"));
            assert_eq!(read.published.as_deref(), Some("2025-03-04"));
            assert_eq!(read.outlet.as_deref(), Some("The Quay"));
            assert_eq!(read.url, None, "no whole address");
        }
    }

    #[test]
    fn broken_linked_data_do_not_lose_the_page() {
        let page = "<script type='application/ld+json'>{\"@type\": </script>\
                    <time datetime='2025-03-04'>Tuesday</time>";
        let read = read(&Document::from(page));
        assert_eq!(read.published.as_deref(), Some("2025-03-04"));
    }
}
