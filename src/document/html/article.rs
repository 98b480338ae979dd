//! Separates the article of a page from its surroundings.

use dom_query::{Document, NodeData};
use dom_smoothie::{Config, Readability};

use super::{blocks, dom, metadata};
use crate::document::failure::{Flaw, Stage};
use crate::document::fields::ArticleFields;
use crate::isolation::isolated;

/// Elements that never contain prose.
const CLUTTER: &str = "script, style, noscript, template, svg, math, iframe, object, embed, \
                       canvas, audio, video, img, picture, select, button, input, textarea, \
                       [hidden]";

/// Elements around an article.
const SURROUNDINGS: &str = "nav, footer, aside, form";

/// At most this many bytes in one text or attribute; no article needs more. Writing out a longer
/// one takes time quadratic in its length.
const LONG: usize = 1 << 16;

/// Finds the main content of a page, block by block, and its metadata.
///
/// # Errors
///
/// [`Flaw`] if the page is nested too deeply, makes a parser crate panic, or contains no text.
pub(in crate::document) fn extract(html: &str) -> Result<ArticleFields, Flaw> {
    // The parser crates may panic on a page; that is a flaw of the page like any other.
    isolated(|| article(html)).unwrap_or_else(|said| {
        let reason = format!("the page breaks the HTML reader ({said}); save its text as .txt");
        Err(Flaw::new(Stage::Parse, reason))
    })
}

/// The main content and the metadata, unless a panic occurs.
fn article(html: &str) -> Result<ArticleFields, Flaw> {
    let document = dom::parse(html)?;
    let mut article = metadata::read(&document);
    document.select(CLUTTER).remove();
    article.text = match content(document.clone()) {
        Some(text) => text,
        None => whole(&document).ok_or_else(|| {
            let reason = "the page holds no text; if scripts load the article, save the page \
                          as a browser shows it";
            Flaw::new(Stage::Parse, reason)
        })?,
    };
    Ok(article)
}

/// The main content, if it can be distinguished from the rest.
fn content(document: Document) -> Option<String> {
    for node in document.root().descendants() {
        let long = |data: &NodeData| match data {
            NodeData::Text { contents } => contents.len() > LONG,
            NodeData::Element(element) => element.attrs.iter().any(|one| one.value.len() > LONG),
            _ => false,
        };
        if node.query_or(false, |node| long(&node.data)) {
            if node.is_text() {
                return None;
            }
            node.remove_all_attrs();
        }
    }
    // The metadata are read separately.
    let config = Config { disable_json_ld: true, ..Config::default() };
    let mut readability = Readability::with_document(document, None, Some(config)).ok()?;
    readability.parse().ok()?;
    let root = readability.doc.select_single("#readability-page-1");
    root.nodes().first().and_then(blocks::text)
}

/// The page without the elements around an article; if nothing is left, the whole page.
fn whole(document: &Document) -> Option<String> {
    let rest = document.clone();
    rest.select(SURROUNDINGS).remove();
    let text = |document: &Document| document.body().and_then(|body| blocks::text(&body));
    text(&rest).or_else(|| text(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!DOCTYPE html><html><head><title>Port reopens | The Quay</title>
        <meta property="og:title" content="Port reopens - The Quay">
        <meta property="og:site_name" content="The Quay">
        <link rel="canonical" href="https://quay.example/port">
        <script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "No"},
          {"@type": ["NewsArticle"], "datePublished": "2025-03-04T05:06:07Z"}]}</script>
        </head><body><nav><a href="/">Home</a> <a href="/w">World</a></nav>
        <article><h1>Port reopens</h1>
        <p>The port of Lindenau was opened again on Monday, the <a href="/m">ministry
        of <b>transport</b></a> said, after three days in which no ship could leave.</p>
        <h2>Ferries wait</h2>
        <p>&ldquo;We are glad that nobody was hurt,&rdquo; said Mara Olsen, who leads the
        port, and she asked all who want to travel to be patient until the evening.</p>
        <blockquote class="twitter-tweet"><p>The port is open. Thank you all.</p>&mdash; Port of
        Lindenau (@port) <a href="https://t.example/1">March 4, 2025</a></blockquote>
        <figure><img src="a.jpg"><figcaption>The quay on Monday.</figcaption></figure>
        <ul><li>Ferry one leaves at noon.</li><li>Ferry two leaves at dusk.</li></ul>
        <p>The council rejected a claim that the walls were weak, and it wants an inquiry to be
        held before the summer.</p></article>
        <aside><p>Read also</p></aside><footer><p>All rights reserved</p></footer></body></html>"#;

    #[test]
    fn each_block_of_the_article_is_a_paragraph_of_its_own() {
        let article = extract(PAGE).unwrap();
        let blocks: Vec<_> = article.text.split("\n\n").collect();
        assert_eq!(
            blocks,
            [
                "The port of Lindenau was opened again on Monday, the ministry of transport said, \
                 after three days in which no ship could leave.",
                "Ferries wait",
                "“We are glad that nobody was hurt,” said Mara Olsen, who leads the port, and she \
                 asked all who want to travel to be patient until the evening.",
                "The port is open. Thank you all.",
                "— Port of Lindenau (@port) March 4, 2025",
                "The quay on Monday.",
                "Ferry one leaves at noon.",
                "Ferry two leaves at dusk.",
                "The council rejected a claim that the walls were weak, and it wants an inquiry to \
                 be held before the summer.",
            ]
        );
    }

    #[test]
    fn the_page_s_own_statements_are_read() {
        let article = extract(PAGE).unwrap();
        assert_eq!(article.title.as_deref(), Some("Port reopens"));
        assert_eq!(article.outlet.as_deref(), Some("The Quay"));
        assert_eq!(article.url.as_deref(), Some("https://quay.example/port"));
        assert_eq!(article.published.as_deref(), Some("2025-03-04T05:06:07Z"));
    }

    #[test]
    fn a_page_of_one_line_is_read() {
        assert_eq!(extract("<p>Rain is forecast.</p>").unwrap().text, "Rain is forecast.");
        let form = "<form><script>x()</script>Rain<br>is forecast.</form>";
        assert_eq!(extract(form).unwrap().text, "Rain\nis forecast.");
    }

    #[test]
    fn a_page_without_text_is_refused_with_a_way_to_fix_it() {
        for page in ["", "<html><body></body></html>", "<script>load()</script><img src=a>"] {
            assert!(extract(page).unwrap_err().reason.contains("save the page"), "{page}");
        }
    }
}
