//! Finds the article's headline among the lines above its first paragraph.

use super::boilerplate::PlainLine;
use super::item::{Fate, Item, MENU_WORDS, first_paragraph};
use super::shape::Talk;

/// A headline has this many words.
const WORDS: std::ops::RangeInclusive<usize> = 3..=30;

/// Most headlines have this many words.
const USUAL_WORDS: std::ops::RangeInclusive<usize> = 5..=22;

/// A line with at least this many points is a headline.
const LEAST: i32 = 3;

/// The upper of two lines is the headline unless the lower has more than this many points more.
const MARGIN: i32 = 1;

/// How many section names are a menu.
const MENU_ITEMS: usize = 2;

/// How many lines above and below a line are searched for its repetition.
const REPEAT_REACH: usize = 8;

/// A standfirst has at least this many words.
const STANDFIRST_WORDS: usize = 10;

/// A site's name after a title has at most this many words.
const SITE_WORDS: usize = 7;

/// Finds the item with the headline above the first paragraph.
///
/// First tries the title, then, on a page (`paged`), the line that looks most like a headline.
pub(super) fn find(items: &[Item], title: Option<&PlainLine>, paged: bool) -> Option<usize> {
    let first = first_paragraph(items)?;
    let can = |at: &usize| items[*at].is_kept() && !items[*at].bullet && !items[*at].embed;
    let named = title.and_then(|title| {
        (0..first).find(|&at| {
            let item = &items[at];
            !item.bullet && item.words > MENU_WORDS && says(title.as_str(), item.plain.as_str())
        })
    });
    if let Some(named) = named {
        return Some(below_trail(items, named, first));
    }
    let mut best: Option<(usize, i32)> = None;
    let mut sections = 0;
    for at in 0..first {
        sections += usize::from(items[at].is_section());
        // Author and date are below the headline, and captions below these.
        if items[at].shape.credit && best.is_some() {
            break;
        }
        if !can(&at) {
            continue;
        }
        let repeated = is_repeated(items, at, first);
        if !paged && !repeated {
            continue;
        }
        let points = points(items, at, repeated);
        // Lines above a menu belong to the site; lines below may belong to the article.
        let menu = sections >= MENU_ITEMS;
        let better = best.is_none_or(|(_, most)| points > most + MARGIN || menu && points + MARGIN >= most);
        if points >= LEAST && better {
            best = Some((at, points));
            sections = 0;
        }
    }
    let Some((best, _)) = best else {
        return paged.then(|| last_line(items, first)).flatten();
    };
    Some(below_trail(items, above_standfirst(items, best), first))
}

/// Points for how much an item looks like a headline.
fn points(items: &[Item], at: usize, repeated: bool) -> i32 {
    let item = &items[at];
    let shape = &item.shape;
    let line = item.plain.as_str();
    if !WORDS.contains(&item.words) || shape.strip || shape.pair || shape.credit {
        return 0;
    }
    let led = is_led(items, at);
    let marked = line.trim_end_matches('.').contains([',', ':', '?', '\'', '"', ';']);
    let listed = items[..at]
        .iter()
        .rev()
        .take(REPEAT_REACH)
        .take_while(|above| above.is_link() && above.fate != Fate::Drop)
        .any(|above| above.fate == Fate::ListHeading);
    let mut points = match item.words {
        words if USUAL_WORDS.contains(&words) => 2,
        4 => 1,
        _ => 0,
    };
    points += 2 * i32::from(shape.wordy) + i32::from(marked) + i32::from(led) + 4 * i32::from(repeated);
    let credited = line.ends_with(')');
    points
        - 2 * i32::from(shape.label && !shape.wordy)
        - 2 * i32::from(shape.site || credited)
        - i32::from(listed)
}

/// Whether a credit, a standfirst or a paragraph follows.
fn is_led(items: &[Item], at: usize) -> bool {
    let next = items[at + 1..].iter().take(REPEAT_REACH).find(|next| next.is_kept() || next.shape.credit);
    next.is_some_and(|next| next.prose || next.shape.credit || next.words >= STANDFIRST_WORDS)
}

/// The line above the first paragraph, if no line looks like a headline.
fn last_line(items: &[Item], first: usize) -> Option<usize> {
    (0..first).find(|&at| {
        let item = &items[at];
        let page = item.shape.site || item.shape.credit || item.shape.section || item.shape.talk > Talk::None;
        item.is_kept() && !item.bullet && WORDS.contains(&item.words) && !page && is_led(items, at)
    })
}

/// Whether a line is repeated near by, or ends a breadcrumb above it.
fn is_repeated(items: &[Item], at: usize, first: usize) -> bool {
    let item = &items[at];
    let line = item.plain.as_str();
    if item.words <= MENU_WORDS {
        return false;
    }
    let below = items[at + 1..].iter().take(REPEAT_REACH.max(first - at)).take(4 * REPEAT_REACH);
    let above = items[..at].iter().rev().take(REPEAT_REACH);
    let trail = |other: &Item| !other.is_kept() && other.plain.as_str().ends_with(line);
    below.into_iter().any(|other| says(other.plain.as_str(), line)) || above.into_iter().any(trail)
}

/// The first item under a breadcrumb is the breadcrumb's end, and the headline follows.
fn below_trail(items: &[Item], found: usize, first: usize) -> usize {
    let above = found.checked_sub(1).map(|at| &items[at]);
    let trail = above.is_some_and(|item| !item.is_kept() || item.is_menu_item());
    let line = items[found].plain.as_str();
    // If a standfirst is in between, the headline came before it and is repeated after it.
    let again = items[found + 1..first]
        .iter()
        .take_while(|item| {
            item.words < STANDFIRST_WORDS || !item.is_kept() || says(line, item.plain.as_str())
        })
        .position(|item| says(line, item.plain.as_str()));
    again.filter(|_| trail).map_or(found, |at| found + 1 + at)
}

/// The short line directly above a possible standfirst; a headline in capitals has few points.
fn above_standfirst(items: &[Item], found: usize) -> usize {
    let Some(above) = found.checked_sub(1) else {
        return found;
    };
    let (upper, lower) = (&items[above], &items[found]);
    let can = upper.is_kept() && !upper.bullet && !upper.closed && upper.words > MENU_WORDS;
    let shape = &upper.shape;
    let page = shape.site || shape.credit || shape.pair || shape.strip || shape.section;
    let standfirst = lower.words >= STANDFIRST_WORDS && lower.words * 5 >= upper.words * 7;
    // So few words are more often the name of a section.
    let few = upper.words <= MENU_WORDS + 1 && lower.words < STANDFIRST_WORDS + MENU_WORDS + 1;
    if can && !page && !few && standfirst { above } else { found }
}

/// Whether `line` equals `title`, apart from the site's name at the end of the title.
pub(super) fn says(title: &str, line: &str) -> bool {
    let site = |rest: &str| rest.is_empty() || rest.starts_with([' ', '|']) && is_site(rest);
    title.get(..line.len()).is_some_and(|head| head.eq_ignore_ascii_case(line)) && site(&title[line.len()..])
}

/// Whether the end of a title is a site's name: " | Daily Paper", " - Daily Paper".
fn is_site(rest: &str) -> bool {
    let name = rest.trim_start();
    name.starts_with(['|', '-', '–', '—', '•', ':']) && name.split_whitespace().count() <= SITE_WORDS
}
