//! Drops boilerplate above the article's paragraphs and below them.

use super::boilerplate::Boilerplate;
use super::item::{Fate, Item, MENU_WORDS, first_paragraph};
use super::lists::drop_menus;
use super::shape::Talk;

/// This many menu items in a row are a menu.
const MENU_ITEMS: usize = 3;

/// A line with authors' names has at most this many words.
const NAME_WORDS: usize = 7;

/// A line without a full stop is a standfirst, a caption or half a paragraph from this many words
/// on.
const LINE_WORDS: usize = 8;

/// On a page, a sentence below the last paragraph belongs to the article from this many words
/// on.
const SENTENCE_WORDS: usize = 8;

/// At most this many paragraphs may follow the line at which a page ends.
const TAIL_PROSE: usize = 2;

/// This many paragraphs must be above that line for each one below it.
const TAIL_SHARE: usize = 2;

/// Applies the patterns and shapes for lines above the second paragraph and below the last.
pub(super) fn judge(items: &mut [Item], rules: &Boilerplate) {
    let head = body_start(items);
    let foot = items.iter().rposition(Item::is_prose).unwrap_or(head);
    let mut posted = false;
    for (at, item) in items.iter_mut().enumerate() {
        // The date of a post may be below its signature.
        let edge = at < head || at > foot || posted && item.shape.credit;
        posted = item.embed;
        if edge && item.is_kept() && !item.prose {
            let shape = &item.shape;
            let page = shape.pair || shape.credit && !item.bullet;
            if page || rules.is_edge(&item.plain) {
                item.fate = Fate::Drop;
            }
        }
    }
}

/// Drops a site's description of itself above its menu.
pub(super) fn drop_slogan(items: &mut [Item]) {
    let mut prose = (0..items.len()).filter(|&at| items[at].is_prose());
    if let (Some(first), Some(second)) = (prose.next(), prose.next())
        && items[first + 1..second].iter().filter(|item| item.is_section()).count() >= MENU_ITEMS
    {
        items[first].fate = Fate::Drop;
    }
}

/// Drops everything below the page's end, including paragraphs if there are few.
pub(super) fn drop_ended(items: &mut [Item]) {
    let all = items.iter().filter(|item| item.is_prose()).count();
    let mut above = 0;
    let ends = |item: &Item| {
        above += usize::from(item.is_prose());
        let left = all - above;
        item.fate == Fate::End
            && above >= TAIL_SHARE * left.max(1)
            && (left <= TAIL_PROSE || above >= 5 * left)
    };
    let cut = items.iter().position(ends);
    if let Some(cut) = cut {
        items[cut..].iter_mut().for_each(Item::drop);
    }
}

/// Where consecutive paragraphs begin; above there may be a standfirst and captions.
fn body_start(items: &[Item]) -> usize {
    let paragraphs: Vec<usize> = (0..items.len()).filter(|&at| items[at].is_prose()).collect();
    let adjacent = |pair: &&[usize]| {
        let between = &items[pair[0] + 1..pair[1]];
        !between.iter().any(Item::is_kept)
    };
    let second = paragraphs.get(1).copied().unwrap_or(items.len());
    let start = paragraphs.windows(2).find(adjacent).map_or(second, |pair| pair[1]);
    start.max(second)
}

/// Drops menus, everything above the headline, and lines below it that are not a standfirst.
pub(super) fn drop_head(items: &mut [Item], titled: bool, anchor: Option<usize>, paged: bool) {
    let Some(first) = first_paragraph(items) else {
        return;
    };
    let head = &mut items[..first];
    if let Some(anchor) = anchor {
        head[..anchor].iter_mut().for_each(Item::drop);
    }
    drop_menus(head, MENU_ITEMS + 1, anchor);
    if let Some(anchor) = anchor.filter(|_| paged) {
        let headline = head[anchor].plain.as_str().to_owned();
        let last = head.len() - 1;
        for (at, item) in head.iter_mut().enumerate().skip(anchor + 1) {
            let article = item.closed
                || item.embed
                || item.words >= LINE_WORDS
                || item.shape.wordy && item.words > MENU_WORDS
                || item.bullet && item.words > MENU_WORDS
                || item.plain.as_str().eq_ignore_ascii_case(&headline)
                || at == last && (item.shape.wordy || item.shape.headed || !is_name(item));
            if !article {
                item.drop();
            }
        }
    }
    // The headline may be the first line that is left; without a title nothing else identifies it.
    let start = match (titled || anchor.is_some(), items[..first].iter().position(Item::is_kept)) {
        (true, _) => 0,
        (false, Some(at)) => at + 1,
        (false, None) => return,
    };
    let second = items[first + 1..].iter().position(Item::is_prose).map_or(items.len(), |at| first + 1 + at);
    for at in start..second {
        let beside = [at.checked_sub(1), Some(at + 1)]
            .into_iter()
            .flatten()
            .filter_map(|near| items.get(near))
            .any(|near| matches!(near.fate, Fate::Drop | Fate::ListHeading));
        let item = &items[at];
        let label = item.shape.label && !item.shape.wordy && !item.bullet;
        // The line above a picture credit is the picture's caption.
        let captions = items.get(at + 1).is_some_and(|next| next.fate == Fate::Aside);
        let heads = item.shape.headed && items.get(at + 1).is_some_and(Item::is_prose);
        if beside && Some(at) != anchor && item.is_kept() && (is_name(item) || label) && !heads && !captions {
            items[at].fate = Fate::Drop;
        }
    }
}

/// Drops menus, tags, links and notices below the last paragraph.
pub(super) fn drop_foot(items: &mut [Item], rules: &Boilerplate, paged: bool) {
    drop_closing(items, rules, paged);
    let Some(last) = items.iter().rposition(|item| item.is_kept() && (item.prose || item.embed)) else {
        return;
    };
    let foot = &mut items[last + 1..];
    drop_menus(foot, MENU_ITEMS, None);
    let mark = foot.iter().position(Item::is_mark);
    let end = mark.or_else(|| foot.iter().position(|item| !item.is_kept()));
    let Some(end) = end else {
        return;
    };
    for item in &mut foot[end..] {
        if !item.closed || mark.is_some() && item.words < SENTENCE_WORDS || item.shape.talk > Talk::None {
            item.drop();
        }
    }
    if !paged {
        return;
    }
    // Between the last paragraph and the page's end there may be a list of the article or half a
    // paragraph.
    for (at, item) in foot[..end].iter_mut().enumerate() {
        let article = item.closed
            || item.numbered
            || item.bullet
            || at == 0 && item.words >= LINE_WORDS && item.shape.wordy;
        if !article || item.shape.talk > Talk::None {
            item.drop();
        }
    }
}

/// Drops paragraphs about the page at the end, so that the last paragraph is the article's.
fn drop_closing(items: &mut [Item], rules: &Boilerplate, paged: bool) {
    let prose: Vec<usize> = (0..items.len()).filter(|&at| items[at].is_prose()).skip(1).collect();
    let talk = |item: &Item| item.shape.talk > Talk::None;
    let closing = |item: &Item| paged && rules.is_closing(&item.plain);
    // The last paragraph that certainly belongs to the article, and the page's first line below it.
    let last = prose.iter().rev().find(|&&at| !talk(&items[at]) && !closing(&items[at]));
    let above = last.map_or(0, |last| last + 1);
    let mark = items[above..].iter().position(Item::is_mark).map_or(items.len(), |mark| above + mark);
    for &at in prose.iter().rev().take_while(|&&at| at >= above) {
        if at < mark && !closing(&items[at]) {
            return;
        }
        items[at].fate = Fate::Drop;
    }
}

/// Whether a line consists only of names of persons: two to four capitalised words each.
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
