//! Separates the blocks of the article from the rest of the page.

use std::ops::Range;

use super::blocks::{Block, blocks, is_numbered};
use super::boilerplate::{Boilerplate, PlainLine};
use super::item::{Fate, Item, Kept};
use super::sentences::{is_closed, sentences, sentences_within, trim};
use super::shape::{Talk, shape};
use super::{edges, headline, lists};

/// A paragraph has at least this many words.
const PROSE_WORDS: usize = 8;

/// A block with this many words is a paragraph even without a full stop.
const LONG_WORDS: usize = 30;

/// The longest line, in bytes, that is checked for several sentences of boilerplate.
const SHORT_NOTICE: usize = 400;

/// A picture credit at a paragraph's end is cut off if the paragraph is at least this many times as
/// long.
const CREDIT_SHARE: usize = 20;

/// A text with at least this many boilerplate lines is treated as a page, in which lines may be
/// dropped for their position alone.
const PAGE_LINES: usize = 3;

/// A text without the page around the article.
pub(super) struct ArticleBlocks {
    /// The article's blocks.
    pub blocks: Vec<Kept>,
    /// The dropped parts, as byte ranges of the text, in order.
    pub dropped: Vec<Range<usize>>,
}

/// Reads a page and returns the article's blocks.
pub(super) fn read(title: Option<&str>, text: &str, rules: &Boilerplate) -> ArticleBlocks {
    let mut dropped = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    for block in blocks(text) {
        let before = items.last_mut();
        if let Some(item) = item(text, block, rules, before, &mut dropped) {
            items.push(item);
        }
    }
    let title = title.map(PlainLine::new);
    let paged = items.iter().filter(|item| item.is_mark()).count() >= PAGE_LINES;
    edges::judge(&mut items, rules);
    if paged {
        edges::drop_slogan(&mut items);
        edges::drop_ended(&mut items);
    }
    let anchor = headline::find(&items, title.as_ref(), paged);
    if let Some(at) = anchor {
        items[at].keep_as_headline();
    }
    lists::drop_trails(&mut items);
    lists::drop_listed(&mut items);
    lists::drop_ranked(&mut items);
    edges::drop_head(&mut items, title.is_some(), anchor, paged);
    edges::drop_foot(&mut items, rules, paged);
    if paged {
        lists::drop_between(&mut items);
        lists::drop_runs(&mut items);
    }
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
    ArticleBlocks { blocks: kept, dropped }
}

/// The article's sentences in one block; boilerplate sentences are added to `dropped`.
fn article_sentences(
    text: &str,
    block: Range<usize>,
    rules: &Boilerplate,
    dropped: &mut Vec<Range<usize>>,
) -> Vec<Range<usize>> {
    let length = block.len();
    let mut found: Vec<Range<usize>> = sentences_within(text, block).collect();
    if found.len() < 2 {
        return found;
    }
    let last = found.last().map_or(0, |range| range.start);
    found.retain(|range| {
        let sentence = &text[range.clone()];
        let plain = PlainLine::new(sentence);
        // A caption keeps its credit; only long paragraphs lose it.
        let credit = rules.is_credit(&plain);
        let glued =
            range.start == last && !is_closed(sentence) && (rules.is_line(&plain) || rules.is_aside(&plain));
        let keep =
            if credit { range.len() * CREDIT_SHARE > length } else { !glued && !rules.is_sentence(&plain) };
        if !keep {
            dropped.push(range.clone());
        }
        keep
    });
    found
}

/// Classifies one block by its own words; a post's signature also classifies the block above it.
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
    let plain = PlainLine::new(own);
    let closed = is_closed(own);
    let shape = shape(own, &plain, closed, rules.words());
    let fate = if rules.is_list_heading(&plain) {
        Fate::ListHeading
    } else if plain.is_wordless() || rules.is_aside(&plain) {
        Fate::Aside
    } else if rules.is_end(&plain) {
        Fate::End
    } else if rules.is_line(&plain) || is_all_lines(own, rules) {
        Fate::Drop
    } else if rules.is_block_heading(&plain) {
        Fate::BlockHeading
    } else if shape.strip || shape.stamped || shape.talk == Talk::Much {
        Fate::Drop
    } else {
        Fate::Keep
    };
    let words = own.split_whitespace().take(LONG_WORDS).count();
    let question = own.ends_with(['?', '!']) && words < LONG_WORDS / 2;
    let embed = embed || own.contains("pic.twitter.com/") || own.contains("https://t.co/");
    Some(Item {
        bullet: block.bullet,
        numbered: is_numbered(own),
        prose: fate == Fate::Keep && (words >= LONG_WORDS || words >= PROSE_WORDS && closed && !question),
        range,
        plain,
        shape,
        words,
        closed,
        embed,
        fate,
    })
}

/// Whether a short line consists of several sentences that are all boilerplate.
fn is_all_lines(line: &str, rules: &Boilerplate) -> bool {
    if line.len() > SHORT_NOTICE {
        return false;
    }
    let parts = sentences(line);
    parts.len() > 1
        && parts.into_iter().all(|part| {
            let plain = PlainLine::new(&line[part]);
            rules.is_line(&plain) || rules.is_end(&plain) || rules.is_aside(&plain)
        })
}

#[cfg(test)]
mod tests {
    use super::super::boilerplate::tests::built_in;
    use super::*;

    const FIRST: &str = "The ferry company says it will run a third boat from the first of June on.";
    const SECOND: &str = "The harbour board has not agreed yet, and meets in the town hall on Monday.";

    fn lines(title: Option<&str>, text: &str) -> Vec<String> {
        read(title, text, built_in()).blocks.iter().map(|block| block.line(text).to_owned()).collect()
    }

    #[test]
    fn menus_breadcrumbs_and_settings_above_the_headline_are_dropped() {
        let text = format!(
            "Home\nHarbour\nBoats\nIslands\nLog in\n• Home»\n• World»\n• Third boat for the harbour town\n\n\
             Third boat for the harbour town\nA. Reed\nUpdated: May 11, 2025\n{FIRST}\n{SECOND}"
        );
        assert_eq!(lines(None, &text), ["Third boat for the harbour town", FIRST, SECOND]);
    }

    #[test]
    fn a_repeated_headline_is_kept_twice() {
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
    fn linked_headlines_are_dropped_with_their_heading_and_sub_heads_are_kept() {
        let text = format!(
            "{FIRST}\nRELATED ARTICLES\nStorm took the roof off the market\nWhy boats\n{SECOND}\n\
             Most Read\nFishing fleet stays in port\nMarket reopens"
        );
        assert_eq!(lines(None, &text), [FIRST, "Why boats", SECOND]);
    }

    #[test]
    fn an_authors_note_is_dropped_and_the_last_paragraph_is_kept() {
        let text = format!("{FIRST}\n{SECOND}\nAbout the author\nA. Reed\n{FIRST}\nShare\nHarbour");
        assert_eq!(lines(None, &text), [FIRST, SECOND]);
    }

    #[test]
    fn tails_glued_to_text_are_cut() {
        for tail in ["Explore", " Also Read: Storm took the roof", " (With inputs from agencies)"] {
            let text = format!("{SECOND}\n{FIRST}{tail}");
            assert_eq!(lines(None, &text), [SECOND, FIRST], "{tail}");
        }
    }

    #[test]
    fn lists_inside_and_below_the_article_are_kept() {
        let text = format!(
            "{FIRST}\nThe boats:\n• Aurora\n• Borealis\n• Caspian\n{SECOND}\n1. Aurora\n2. Borealis\n3. Caspian"
        );
        assert_eq!(lines(None, &text).len(), 9);
    }

    #[test]
    fn dates_and_names_above_paragraphs_of_a_timeline_are_kept() {
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
        let page = read(None, &text, built_in());
        assert_eq!(page.blocks.len(), 3);
        assert!(page.blocks[1].embed);
        assert_eq!(page.dropped.len(), 1);
    }

    #[test]
    fn lines_above_the_headline_are_dropped_and_the_standfirst_is_kept() {
        let headline = "Third boat for the harbour, and who is to pay for it";
        let standfirst = "The company has the boat, the town has the harbour and neither has the money";
        let text = format!(
            "The Harbour Courier\nBoats  Islands  Opinion\nSubscribe\nLog in\nHARBOUR\n{headline}\n{standfirst}\n\
             Harbour Courier Fact File\nLast updated on: 02 Oct 2025, 09:05 AM\nShare\n{FIRST}\n{SECOND}"
        );
        assert_eq!(lines(None, &text), [headline, standfirst, FIRST, SECOND]);
    }

    #[test]
    fn numbered_links_and_links_without_a_heading_are_dropped_on_a_page() {
        let page = "Menu\nSubscribe\nSign in";
        let text = format!(
            "{page}\nThird boat for the town\n{FIRST}\n{SECOND}\n1 Storm took the roof off\n2 Fleet stays in the port\n\
             {FIRST}\nFishing fleet stays in port for days\nMarket opens again after the storm\n\
             Town council votes on the new roof\n{SECOND}"
        );
        assert_eq!(lines(None, &text), ["Third boat for the town", FIRST, SECOND, FIRST, SECOND]);
    }

    #[test]
    fn everything_below_the_pages_end_is_dropped() {
        let text = format!(
            "Third boat for the town\n{FIRST}\n{SECOND}\n{FIRST}\n{SECOND}\nTags: harbour, boats\nComments\n\
             Those who write below are asked to keep to the matter.\nHarbour\nAll rights reserved"
        );
        assert_eq!(lines(None, &text).len(), 5);
    }

    #[test]
    fn a_text_without_a_page_keeps_lines_of_any_shape() {
        let text = format!(
            "{FIRST}\n{SECOND}\nFishing fleet stays in port for days\nMarket opens again after the storm\n\
             Town council votes on the new roof\n{FIRST}\nThe Harbour Courier"
        );
        assert_eq!(lines(None, &text).len(), 7);
    }

    #[test]
    fn a_caption_keeps_its_credit() {
        let caption = "Boats wait in the harbour, May 9, 2025. (AFP)";
        let text = format!("{FIRST}\n{caption}\n{SECOND}");
        assert_eq!(lines(None, &text), [FIRST, caption, SECOND]);
    }

    #[test]
    fn a_paragraph_dropped_as_the_sites_slogan_may_be_the_headline() {
        let slogan = "All that the island has to tell, every day of the week since the first ferry.";
        for menu in ["World\nBusiness\nSport", "World\nBusiness\nSport\nOpinion\nHealth"] {
            for above in ["Menu\nSubscribe\nSign in\n", "Menu\nSubscribe\nSign in\nHome\n"] {
                let text = format!("{above}{slogan}\n{menu}\n{FIRST}");
                assert_eq!(lines(Some(slogan), &text), [slogan, FIRST]);
                assert_eq!(lines(None, &text), [FIRST]);
            }
        }
    }

    /// Lines of pages; any of them may also be the title.
    const LINES: &[&str] = &[
        "Menu",
        "Subscribe",
        "Sign in",
        "World",
        "Business",
        "Sport",
        "Home",
        "• Home»",
        "RELATED ARTICLES",
        "About the author",
        "Tags: harbour, boats",
        "1 Storm took the roof off the market, and nobody saw it go until the morning.",
        "2 Fleet stays in the port, and the crews say that they will not leave this week.",
        "Updated: May 11, 2025",
        "Third boat for the town",
        "No boats today",
        "— Daily Ferry (@dailyferry) May 9, 2025",
        "Comments",
        "All rights reserved",
        FIRST,
        SECOND,
    ];

    #[test]
    fn any_page_whose_title_is_one_of_its_lines_is_read() {
        // A small random number generator with a fixed seed, so that each run is the same.
        let mut state = 5_u64;
        let mut below = |limit: usize| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as usize % limit
        };
        for _ in 0..2000 {
            let chosen: Vec<&str> = (0..3 + below(12)).map(|_| LINES[below(LINES.len())]).collect();
            let text = chosen.join("\n");
            let title = chosen[below(chosen.len())];
            let kept: usize = read(Some(title), &text, built_in()).blocks.len();
            assert!(kept <= chosen.len());
        }
    }
}
