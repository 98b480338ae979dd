//! Writes the text of part of a page, with a blank line between blocks.

use dom_query::NodeRef;

/// How an element is laid out in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Within a line.
    Inline,
    /// On separate lines.
    Block,
    /// A table cell.
    Cell,
    /// A line break.
    Break,
    /// Preformatted, with its own line breaks.
    Pre,
    /// Not shown.
    Out,
}

/// The text below `root`: each paragraph, heading, list item, caption and table row on its own
/// line, with a blank line between. `None` if there is no text.
pub(super) fn text(root: &NodeRef) -> Option<String> {
    enum Step<'a> {
        Enter(NodeRef<'a>),
        Leave(Layout),
    }
    let mut lines = BlockWriter::default();
    // Not recursive, so that no page can overflow the stack.
    let mut steps = vec![Step::Enter(*root)];
    while let Some(step) = steps.pop() {
        let node = match step {
            Step::Enter(node) => node,
            Step::Leave(place) => {
                lines.leave(place);
                continue;
            }
        };
        if node.is_text() {
            lines.push(&node.text());
        }
        let place = node.node_name().map_or(Layout::Inline, |name| place(&name));
        if node.is_text() || place == Layout::Out {
            continue;
        }
        lines.enter(place);
        steps.push(Step::Leave(place));
        steps.extend(node.children_it(true).map(Step::Enter));
    }
    lines.end_block();
    (!lines.done.is_empty()).then_some(lines.done)
}

fn place(name: &str) -> Layout {
    match name {
        "br" => Layout::Break,
        "td" | "th" => Layout::Cell,
        "pre" => Layout::Pre,
        "head" | "title" | "script" | "style" | "noscript" | "template" => Layout::Out,
        "address" | "article" | "aside" | "blockquote" | "body" | "caption" | "center" | "dd" | "details"
        | "dialog" | "dir" | "div" | "dl" | "dt" | "fieldset" | "figcaption" | "figure" | "footer"
        | "form" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "header" | "hgroup" | "hr" | "html"
        | "legend" | "li" | "main" | "menu" | "nav" | "ol" | "optgroup" | "option" | "p" | "search"
        | "section" | "summary" | "table" | "tbody" | "tfoot" | "thead" | "tr" | "ul" => Layout::Block,
        _ => Layout::Inline,
    }
}

/// The text being written, with white space as a browser shows it.
#[derive(Default)]
struct BlockWriter {
    /// Finished blocks.
    done: String,
    /// The current block.
    block: String,
    /// White space must be written before the next character.
    gap: bool,
    /// Number of open preformatted elements.
    pre: usize,
}

impl BlockWriter {
    fn enter(&mut self, place: Layout) {
        match place {
            Layout::Block => self.end_block(),
            Layout::Pre => {
                self.end_block();
                self.pre += 1;
            }
            Layout::Cell if !self.block.is_empty() => {
                self.block.push('\t');
                self.gap = false;
            }
            Layout::Break => self.end_line(),
            Layout::Cell | Layout::Inline | Layout::Out => {}
        }
    }

    fn leave(&mut self, place: Layout) {
        match place {
            Layout::Block => self.end_block(),
            Layout::Pre => {
                self.end_block();
                self.pre -= 1;
            }
            Layout::Cell | Layout::Break | Layout::Inline | Layout::Out => {}
        }
    }

    fn push(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' if self.pre > 0 => self.end_line(),
                ' ' | '\t' | '\n' | '\r' | '\x0c' => self.gap = true,
                c => {
                    if self.gap && !self.block.is_empty() && !self.block.ends_with(['\n', '\t']) {
                        self.block.push(' ');
                    }
                    self.gap = false;
                    self.block.push(c);
                }
            }
        }
    }

    /// Breaks the line; a second line break ends the paragraph.
    fn end_line(&mut self) {
        if self.block.ends_with('\n') {
            self.end_block();
        } else if !self.block.is_empty() {
            self.block.push('\n');
        }
    }

    fn end_block(&mut self) {
        let block = self.block.trim();
        if !block.is_empty() {
            if !self.done.is_empty() {
                self.done.push_str("\n\n");
            }
            self.done.push_str(block);
        }
        self.block.clear();
        self.gap = false;
    }
}

#[cfg(test)]
mod tests {
    use dom_query::Document;

    fn text(html: &str) -> Option<String> {
        super::text(&Document::from(html).body()?)
    }

    #[test]
    fn white_space_is_as_a_browser_shows_it() {
        let html = "<p> One\n <i>two</i>\t<b> three</b>four <p>a<br> b<br><br>c\
                    <pre>x\n  y\n\nz</pre><table><tr><td>1<td>2<tr><td><p>3</p></table>";
        let shown = "One two threefour\n\na\nb\n\nc\n\nx\ny\n\nz\n\n1\t2\n\n3";
        assert_eq!(text(html).as_deref(), Some(shown));
    }

    #[test]
    fn what_is_not_shown_is_left_out() {
        assert_eq!(text("<script>x</script><style>y</style> <p> <div></div>"), None);
    }
}
