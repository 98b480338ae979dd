//! Parses a page with limits on time, memory and stack, so that a hostile page does no harm.

use std::cell::Cell;

use dom_query::{Document, NodeId};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{Tracer, TreeBuilderOpts};
use html5ever::{ParseOpts, parse_document};

use crate::document::failure::{Flaw, Stage};

/// Bytes parsed between two checks of the parser's state.
const PIECE: usize = 1024;
/// Most open elements at a time; each new element may cost a scan of all of them.
const MAX_OPEN: usize = 1024;
/// Most nodes in the tree.
const MAX_NODES: usize = 1 << 20;
/// Most levels of the tree, on which the stack depth depends.
const MAX_DEPTH: usize = 512;
/// Most attributes of one element; each is compared with all before it.
const MAX_ATTRIBUTES: usize = 4096;

/// Parses a page into a tree.
///
/// # Errors
///
/// [`Flaw`] if the page has too many nested elements, nodes or attributes.
pub(super) fn parse(html: &str) -> Result<Document, Flaw> {
    let flaw = |reason: String| {
        let reason = format!("{reason}; save the article's text as .txt");
        Err(Flaw::new(Stage::Parse, reason))
    };
    let deep = || flaw(format!("the page nests more than {MAX_DEPTH} elements in each other"));
    if attributes(html.as_bytes()) > MAX_ATTRIBUTES {
        return flaw(format!("an element of the page has more than {MAX_ATTRIBUTES} attributes"));
    }
    let options = ParseOpts {
        tree_builder: TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() },
        ..ParseOpts::default()
    };
    let mut parser = parse_document(Document::default(), options);
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE.min(rest.len())));
        rest = after;
        parser.process(StrTendril::from(piece));
        let builder = &parser.tokenizer.sink;
        let open = OpenElements(Cell::new(0));
        builder.trace_handles(&open);
        if open.0.get() > MAX_OPEN {
            return deep();
        }
        if builder.sink.tree.len() > MAX_NODES {
            return flaw(format!("the page has more than {MAX_NODES} nodes"));
        }
        // Stored for each syntax error, and not needed.
        builder.sink.errors.borrow_mut().clear();
    }
    let document = parser.finish();
    if depth(&document) > MAX_DEPTH {
        return deep();
    }
    Ok(document)
}

/// Counts the open elements of a parser.
struct OpenElements(Cell<usize>);

impl Tracer for OpenElements {
    type Handle = NodeId;

    fn trace_handle(&self, _: &NodeId) {
        self.0.set(self.0.get() + 1);
    }
}

/// The number of nodes on the longest path from the root.
fn depth(document: &Document) -> usize {
    let mut deepest = 0;
    let mut pending = vec![(document.root(), 1)];
    while let Some((node, depth)) = pending.pop() {
        deepest = deepest.max(depth);
        pending.extend(node.children_it(false).map(|child| (child, depth + 1)));
    }
    deepest
}

/// Estimate of the most attributes in one tag: the parts between white space outside quotes, from a
/// `<` to the next `>`. Scripts are counted as tags too, but they have closing angle brackets long
/// before the limit.
fn attributes(html: &[u8]) -> usize {
    let mut greatest = 0;
    let mut bytes = html.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let tag = |next: &u8| next.is_ascii_alphabetic() || *next == b'/';
        if byte != b'<' || !bytes.peek().is_some_and(tag) {
            continue;
        }
        let mut count = 0;
        let mut quote = None;
        // The last byte that is not white space, and whether white space or a quote followed it.
        let (mut last, mut apart) = (byte, false);
        for byte in bytes.by_ref() {
            match quote {
                Some(mark) if byte == mark => (quote, apart) = (None, true),
                Some(_) => {}
                None if byte == b'>' => break,
                None if last == b'=' && matches!(byte, b'"' | b'\'') => quote = Some(byte),
                None if byte.is_ascii_whitespace() || byte == b'/' => {
                    apart = true;
                    continue;
                }
                None => count += usize::from(std::mem::take(&mut apart)),
            }
            last = byte;
        }
        greatest = greatest.max(count);
    }
    greatest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(html: &str) -> bool {
        parse(html).is_err_and(|flaw| flaw.reason.contains("more than"))
    }

    #[test]
    fn pages_built_to_exhaust_the_parser_are_refused() {
        let marked = |start: &str| -> String { (0..50_000).map(|n| format!("{start}<b id={n}>")).collect() };
        assert!(refused(&"<div>".repeat(1_000_000)));
        assert!(refused(&"<table><td>".repeat(100_000)));
        assert!(refused(&"<b></i>".repeat(100_000)));
        assert!(refused(&"<b><div></b>".repeat(100_000)));
        assert!(refused(&"<template>".repeat(100_000)));
        assert!(refused(&"<svg><td>".repeat(100_000)));
        assert!(refused(&marked("<p>")));
        assert!(refused(&format!("<p {}>", "a=1 ".repeat(1_000_000))));
        assert!(refused(&format!("<p x= '>' {}>", "a=1 ".repeat(1_000_000))));
        assert!(refused(&"<p>".repeat(2_000_000)));
    }

    #[test]
    fn sloppy_pages_are_parsed() {
        assert!(parse(&"<p>One<li>two<tr><td>three<br>".repeat(5000)).is_ok());
        assert!(parse(&"<font color=red>One<p>two".repeat(100)).is_ok());
        assert!(parse(&format!("<script>{}</script>", "a<b && ".repeat(1000))).is_ok());
        assert!(parse(&format!("<img src=\"data:{}\">", "a b/".repeat(100_000))).is_ok());
    }
}
