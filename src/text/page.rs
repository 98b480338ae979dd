//! Tells the blocks of the article from those of the page around it.

use std::ops::Range;

use super::blocks::{Block, blocks, is_numbered};
use super::boilerplate::{Boilerplate, Plain};
use super::sentences::{sentences, trim};
use super::sentences_within;

/// A paragraph has at least this many words.
const PROSE_WORDS: usize = 8;

/// So many words are a paragraph even where the full stop is missing.
const LONG_WORDS: usize = 30;

/// A menu's item has at most this many words.
const MENU_WORDS: usize = 3;

/// So many menu items in a row are a menu.
const MENU_ITEMS: usize = 3;

/// A linked headline in a list has at least this many words; shorter ones may be sub-heads.
const LINK_WORDS: usize = 5;

/// A line with an author's name has at most this many words.
const NAME_WORDS: usize = 7;

/// A line (in bytes) that may hold several sentences of boilerplate.
const SHORT_NOTICE: usize = 400;

/// How many blocks a heading such as "About the author" takes with it at most.
const HEADED_BLOCKS: usize = 3;

/// How many lines below itself a headline is looked for again.
const REPEAT_REACH: usize = 8;

/// A block of the article.
#[derive(Debug)]
pub(super) struct Kept {
    /// Its sentences, as trimmed bytes of the text; at least one.
    pub sentences: Vec<Range<usize>>,
    /// Whether it is an embedded post.
    pub embed: bool,
    /// Whether it starts as a list item.
    pub bullet: bool,
}

/// What is left of a text when the page around the article is gone.
pub(super) struct Page {
    /// The article's blocks.
    pub blocks: Vec<Kept>,
    /// What was dropped, in bytes of the text, in order.
    pub dropped: Vec<Range<usize>>,
}

/// What is known of one block while the page is read.
struct Item {
    range: Range<usize>,
    plain: Plain,
    bullet: bool,
    numbered: bool,
    words: usize,
    /// Whether it ends as a sentence does.
    closed: bool,
    /// Whether it is a paragraph of full sentences.
    prose: bool,
    embed: bool,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    Drop,
    /// Heads a list of links.
    ListHeading,
    /// Heads a paragraph that is not the article's.
    BlockHeading,
}

impl Kept {
    /// The text from its first sentence to the end of its last.
    pub(super) fn line<'a>(&self, text: &'a str) -> &'a str {
        match (self.sentences.first(), self.sentences.last()) {
            (Some(first), Some(last)) => &text[first.start..last.end],
            _ => "",
        }
    }
}

impl Item {
    fn is_kept(&self) -> bool {
        self.fate == Fate::Keep
    }

    /// Whether it can be an item of a menu or a list of tags.
    fn is_menu_item(&self) -> bool {
        self.words <= MENU_WORDS && !self.closed && !self.embed && !self.numbered
    }

    /// Whether it can be a linked headline.
    fn is_link(&self) -> bool {
        !self.prose && !self.embed
    }
}

/// Reads a page and keeps the article's blocks.
pub(super) fn read(title: Option<&str>, text: &str, rules: &Boilerplate) -> Page {
    let mut dropped = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    for block in blocks(text) {
        let before = items.last_mut();
        if let Some(item) = item(text, block, rules, before, &mut dropped) {
            items.push(item);
        }
    }
    let title = title.map(Plain::new);
    judge_edges(&mut items, rules);
    let anchor = headline(&items, title.as_ref());
    if let Some(at) = anchor {
        items[at].fate = Fate::Keep;
    }
    drop_trails(&mut items);
    drop_lists(&mut items);
    drop_head(&mut items, title.is_some(), anchor);
    drop_foot(&mut items);
    let mut kept = Vec::new();
    for item in items {
        if !item.is_kept() {
            dropped.push(item.range);
            continue;
        }
        let sentences = article_sentences(text, item.range, rules, &mut dropped);
        if !sentences.is_empty() {
            kept.push(Kept { sentences, embed: item.embed, bullet: item.bullet });
        }
    }
    dropped.sort_unstable_by_key(|range| range.start);
    Page { blocks: kept, dropped }
}

/// The article's sentences in one block; what is boilerplate among them goes to `dropped`.
fn article_sentences(
    text: &str,
    block: Range<usize>,
    rules: &Boilerplate,
    dropped: &mut Vec<Range<usize>>,
) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = sentences_within(text, block).collect();
    if found.len() < 2 {
        return found;
    }
    let last = found.last().map_or(0, |range| range.start);
    found.retain(|range| {
        let sentence = &text[range.clone()];
        let plain = Plain::new(sentence);
        let glued = range.start == last && !is_closed(sentence) && rules.is_line(&plain);
        let keep = !glued && !rules.is_sentence(&plain);
        if !keep {
            dropped.push(range.clone());
        }
        keep
    });
    found
}

/// Judges one block by its own words; a post's signature also tells what the block above is.
fn item(
    text: &str,
    block: Block,
    rules: &Boilerplate,
    above: Option<&mut Item>,
    dropped: &mut Vec<Range<usize>>,
) -> Option<Item> {
    let mut range = block.range;
    let mut embed = false;
    if let Some(at) = rules.signature(&text[range.clone()]) {
        let Some(rest) = trim(text, range.start..range.start + at) else {
            if let Some(post) = above.filter(|item| item.is_kept()) {
                post.embed = true;
            }
            dropped.push(range);
            return None;
        };
        embed = true;
        dropped.extend(trim(text, rest.end..range.end));
        range = rest;
    }
    if let Some(at) = rules.tail(&text[range.clone()])
        && let Some(rest) = trim(text, range.start..range.start + at)
    {
        dropped.extend(trim(text, rest.end..range.end));
        range = rest;
    }
    let own = &text[range.clone()];
    let plain = Plain::new(own);
    let fate = if rules.is_line(&plain) || is_all_lines(own, rules) {
        Fate::Drop
    } else if rules.is_list_heading(&plain) {
        Fate::ListHeading
    } else if rules.is_block_heading(&plain) {
        Fate::BlockHeading
    } else {
        Fate::Keep
    };
    let words = own.split_whitespace().take(LONG_WORDS).count();
    let closed = is_closed(own);
    let question = own.ends_with(['?', '!']) && words < LONG_WORDS / 2;
    let embed = embed || own.contains("pic.twitter.com/") || own.contains("https://t.co/");
    Some(Item {
        bullet: block.bullet,
        numbered: is_numbered(own),
        prose: fate == Fate::Keep && (words >= LONG_WORDS || words >= PROSE_WORDS && closed && !question),
        range,
        plain,
        words,
        closed,
        embed,
        fate,
    })
}

/// Whether several sentences on one short line are boilerplate each.
fn is_all_lines(line: &str, rules: &Boilerplate) -> bool {
    if line.len() > SHORT_NOTICE {
        return false;
    }
    let parts = sentences(line);
    parts.len() > 1 && parts.into_iter().all(|part| rules.is_line(&Plain::new(&line[part])))
}

/// Whether a text ends with a mark that closes a sentence, quotes and brackets aside.
pub(super) fn is_closed(text: &str) -> bool {
    text.trim_end_matches(['”', '’', '"', '\'', ')', ']', '»'])
        .ends_with(['.', '!', '?', '…', '۔', '।', '؟', '。'])
}

/// The block with the headline: one that says what the title says, or a line that comes twice.
fn headline(items: &[Item], title: Option<&Plain>) -> Option<usize> {
    let first = items.iter().position(|item| item.prose)?;
    let repeated = |at: usize| {
        let item = &items[at];
        let mut below = items[at + 1..].iter().take(REPEAT_REACH);
        item.is_kept() && below.any(|other| says(other.plain.as_str(), item.plain.as_str()))
    };
    let names = |at: usize| match title {
        Some(title) => says(title.as_str(), items[at].plain.as_str()),
        None => repeated(at),
    };
    let found = (0..first).find(|&at| {
        let item = &items[at];
        !item.bullet && item.words > MENU_WORDS && names(at)
    })?;
    // Under a trail of places the first is the trail's end, and the headline follows.
    let trail = found.checked_sub(1).is_some_and(|at| !items[at].is_kept());
    let again = items[found + 1..first]
        .iter()
        .position(|item| says(items[found].plain.as_str(), item.plain.as_str()));
    Some(again.filter(|_| trail).map_or(found, |at| found + 1 + at))
}

/// Whether `line` says what `title` says, the site's name behind it aside.
pub(super) fn says(title: &str, line: &str) -> bool {
    let site = |rest: &str| rest.is_empty() || rest.starts_with([' ', '|']) && is_site(rest);
    title.get(..line.len()).is_some_and(|head| head.eq_ignore_ascii_case(line)) && site(&title[line.len()..])
}

/// Whether a title's end is a site's name: " | Daily Paper", " - Daily Paper".
fn is_site(rest: &str) -> bool {
    let name = rest.trim_start();
    name.starts_with(['|', '-', '–', '—', '•', ':']) && name.split_whitespace().count() <= NAME_WORDS
}

/// Applies the patterns that hold above the second paragraph and below the last.
fn judge_edges(items: &mut [Item], rules: &Boilerplate) {
    let head = body_start(items);
    let foot = items.iter().rposition(|item| item.prose).unwrap_or(head);
    for (at, item) in items.iter_mut().enumerate() {
        if (at < head || at > foot) && item.is_kept() && !item.prose && rules.is_edge(&item.plain) {
            item.fate = Fate::Drop;
        }
    }
}

/// Where the paragraphs begin to follow each other: what is above may be standfirst and captions.
fn body_start(items: &[Item]) -> usize {
    let paragraphs: Vec<usize> = (0..items.len()).filter(|&at| items[at].prose).collect();
    let adjacent = |pair: &&[usize]| {
        let between = &items[pair[0] + 1..pair[1]];
        !between.iter().any(Item::is_kept)
    };
    let second = paragraphs.get(1).copied().unwrap_or(items.len());
    let start = paragraphs.windows(2).find(adjacent).map_or(second, |pair| pair[1]);
    start.max(second)
}

/// Drops the last stop of a trail of places, which is the article's title again.
fn drop_trails(items: &mut [Item]) {
    for at in 1..items.len() {
        let above = &items[at - 1];
        let trail =
            above.bullet && !above.is_kept() && above.plain.as_str().ends_with(['»', '›', '>', '/', '→']);
        if trail && items[at].bullet && items[at].is_link() {
            items[at].fate = Fate::Drop;
        }
    }
}

/// Drops what stands under a heading: linked headlines, or one paragraph.
fn drop_lists(items: &mut [Item]) {
    // Above the first paragraph the headline itself may stand under "Top stories".
    let Some(first) = items.iter().position(|item| item.prose) else {
        return;
    };
    let foot = items.iter().rposition(|item| item.prose).unwrap_or(first);
    for at in first..items.len() {
        let fate = items[at].fate;
        let below = &mut items[at + 1..];
        match fate {
            Fate::ListHeading => below
                .iter_mut()
                .take_while(|item| item.is_link() && (at > foot || item.words >= LINK_WORDS || item.bullet))
                .filter(|item| item.is_kept())
                .for_each(|item| item.fate = Fate::Drop),
            Fate::BlockHeading => {
                let last = below.iter().take(HEADED_BLOCKS).position(|item| item.prose);
                for item in below.iter_mut().take(last.map_or(0, |last| last + 1)) {
                    item.fate = Fate::Drop;
                }
            }
            Fate::Keep | Fate::Drop => {}
        }
    }
}

/// Drops menus, what stands above a known headline, and authors' names beside their date.
fn drop_head(items: &mut [Item], titled: bool, anchor: Option<usize>) {
    let Some(first) = items.iter().position(|item| item.prose) else {
        return;
    };
    let head = &mut items[..first];
    if let Some(anchor) = anchor {
        for item in &mut head[..anchor] {
            item.fate = Fate::Drop;
        }
    }
    drop_menus(head, MENU_ITEMS + 1, anchor);
    // The headline may be the first line that is left; without a title nothing else holds it.
    let start = match (titled, head.iter().position(Item::is_kept)) {
        (true, _) => 0,
        (false, Some(at)) => at + 1,
        (false, None) => return,
    };
    let second =
        items[first + 1..].iter().position(|item| item.prose).map_or(items.len(), |at| first + 1 + at);
    for at in start..second {
        let beside = [at.checked_sub(1), Some(at + 1)]
            .into_iter()
            .flatten()
            .filter_map(|near| items.get(near))
            .any(|near| near.fate == Fate::Drop);
        if beside && Some(at) != anchor && items[at].is_kept() && is_name(&items[at]) {
            items[at].fate = Fate::Drop;
        }
    }
}

/// Drops menus and tags below the last paragraph, and all short lines once the page's end has begun.
fn drop_foot(items: &mut [Item]) {
    let Some(last) = items.iter().rposition(|item| item.is_kept() && (item.prose || item.embed)) else {
        return;
    };
    let foot = &mut items[last + 1..];
    drop_menus(foot, MENU_ITEMS, None);
    if let Some(end) = foot.iter().position(|item| !item.is_kept()) {
        for item in &mut foot[end..] {
            if !item.closed {
                item.fate = Fate::Drop;
            }
        }
    }
}

/// Drops runs of at least `least` menu items, lines already dropped counted in.
fn drop_menus(items: &mut [Item], least: usize, anchor: Option<usize>) {
    let mut at = 0;
    while at < items.len() {
        let run = items[at..].iter().take_while(|item| item.is_menu_item() || !item.is_kept()).count();
        let items = &mut items[at..at + run];
        let own = items.iter().filter(|item| item.is_kept()).count();
        if run >= least {
            let last = run - 1;
            for (place, item) in items.iter_mut().enumerate() {
                // One short line at a menu's end may be the headline.
                let headline = Some(at + place) == anchor || own == 1 && place == last;
                if item.is_kept() && !headline {
                    item.fate = Fate::Drop;
                }
            }
        }
        at += run + 1;
    }
}

/// Whether a line is nothing but names of persons: two to four capitalised words each.
fn is_name(item: &Item) -> bool {
    let line = item.plain.as_str();
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(char::is_uppercase)
            && word.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\''))
    };
    let name = |part: &str| {
        let words = part.split_whitespace().count();
        (1..=4).contains(&words) && part.split_whitespace().all(capital)
    };
    item.words <= NAME_WORDS
        && !item.bullet
        && !line.ends_with(['?', '!'])
        && line.replace(" and ", ",").replace('&', ",").split(',').all(name)
}

#[cfg(test)]
mod tests {
    use super::super::boilerplate::tests::shipped;
    use super::*;

    const FIRST: &str = "The ferry company says it will run a third boat from the first of June on.";
    const SECOND: &str = "The harbour board has not agreed yet, and meets in the town hall on Monday.";

    fn lines(title: Option<&str>, text: &str) -> Vec<String> {
        read(title, text, shipped()).blocks.iter().map(|block| block.line(text).to_owned()).collect()
    }

    #[test]
    fn menus_trails_and_settings_above_the_headline_go() {
        let text = format!(
            "Home\nHarbour\nBoats\nIslands\nLog in\n• Home»\n• World»\n• Third boat for the harbour town\n\n\
             Third boat for the harbour town\nA. Reed\nUpdated: May 11, 2025\n{FIRST}\n{SECOND}"
        );
        assert_eq!(lines(None, &text), ["Third boat for the harbour town", FIRST, SECOND]);
    }

    #[test]
    fn a_headline_said_twice_stays_twice() {
        let text = format!("Third boat for the town\n\n{FIRST}\n\nThird boat for the town\n\n{SECOND}");
        assert_eq!(lines(None, &text).len(), 4);
    }

    #[test]
    fn the_title_shows_where_the_article_begins() {
        let text = format!("Storm took the market's roof\nThird boat for the town\n{FIRST}\n{SECOND}");
        let title = Some("Third boat for the town | Daily Ferry");
        assert_eq!(lines(title, &text), ["Third boat for the town", FIRST, SECOND]);
    }

    #[test]
    fn linked_headlines_go_with_their_heading_and_sub_heads_stay() {
        let text = format!(
            "{FIRST}\nRELATED ARTICLES\nStorm took the roof off the market\nWhy boats\n{SECOND}\n\
             Most Read\nFishing fleet stays in port\nMarket reopens"
        );
        assert_eq!(lines(None, &text), [FIRST, "Why boats", SECOND]);
    }

    #[test]
    fn an_authors_note_goes_and_the_last_paragraph_stays() {
        let text = format!("{FIRST}\n{SECOND}\nAbout the author\nA. Reed\n{FIRST}\nShare\nHarbour");
        assert_eq!(lines(None, &text), [FIRST, SECOND]);
    }

    #[test]
    fn tails_glued_to_text_are_cut() {
        for tail in [
            "Explore",
            " Also Read: Storm took the roof",
            " (With inputs from agencies)",
            " | Photo Credit: PTI",
        ] {
            let text = format!("{SECOND}\n{FIRST}{tail}");
            assert_eq!(lines(None, &text), [SECOND, FIRST], "{tail}");
        }
    }

    #[test]
    fn lists_inside_and_below_the_article_stay() {
        let text = format!(
            "{FIRST}\nThe boats:\n• Aurora\n• Borealis\n• Caspian\n{SECOND}\n1. Aurora\n2. Borealis\n3. Caspian"
        );
        assert_eq!(lines(None, &text).len(), 9);
    }

    #[test]
    fn dates_and_names_that_head_paragraphs_of_a_timeline_stay() {
        let text = format!(
            "Third boat for the town\nMay 1, 2025\n{FIRST}\n{SECOND}\nMay 7, 2025\n{FIRST}\nHealth\n{SECOND}"
        );
        assert_eq!(
            lines(None, &text),
            ["Third boat for the town", FIRST, SECOND, "May 7, 2025", FIRST, "Health", SECOND]
        );
    }

    #[test]
    fn a_post_keeps_its_words_and_loses_its_signature() {
        let text = format!("{FIRST}\nNo boats today\n— Daily Ferry (@dailyferry) May 9, 2025\n{SECOND}");
        let page = read(None, &text, shipped());
        assert_eq!(page.blocks.len(), 3);
        assert!(page.blocks[1].embed);
        assert_eq!(page.dropped.len(), 1);
    }
}
