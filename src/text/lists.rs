//! Drops menus, lists of tags and lists of linked headlines.

use super::item::{Fate, Item, first_paragraph};
use super::shape::Talk;

/// A linked headline in a list has at least this many words; shorter ones may be sub-heads.
const LINK_WORDS: usize = 5;

/// How many lines in a row without a full stop are links; fewer may be sub-heads or captions.
const RUN_LINES: usize = 3;

/// Two such lines are links too if each has at least this many words.
const RUN_WORDS: usize = 6;

/// At most this many lines are dropped only because boilerplate is above and below them.
const BOX_LINES: usize = 3;

/// How many short lines below boilerplate are a menu or the choices of a poll.
const CHOICES: usize = 3;

/// At most this many blocks are dropped with a heading such as "About the author".
const HEADED_BLOCKS: usize = 3;

/// Drops the last item of a breadcrumb, which repeats the article's title.
pub(super) fn drop_trails(items: &mut [Item]) {
    for at in 1..items.len() {
        let above = &items[at - 1];
        let trail =
            above.bullet && !above.is_kept() && above.plain.as_str().ends_with(['»', '›', '>', '/', '→']);
        if trail && items[at].bullet && items[at].is_link() {
            items[at].fate = Fate::Drop;
        }
    }
}

/// Drops the blocks under a heading: linked headlines, or one paragraph.
pub(super) fn drop_listed(items: &mut [Item]) {
    // Above the first paragraph, the headline itself may be under "Top stories".
    let Some(first) = first_paragraph(items) else {
        return;
    };
    let foot = items.iter().rposition(Item::is_prose).unwrap_or(first);
    for at in first..items.len() {
        let fate = items[at].fate;
        let below = &mut items[at + 1..];
        match fate {
            Fate::ListHeading => {
                let link = |item: &&Item| item.is_link() && item.fate != Fate::ListHeading;
                let run = below.iter().take_while(link).count();
                let (links, rest) = below.split_at_mut(run);
                // The last line above a paragraph may be the paragraph's sub-head.
                let headed = at < foot && rest.first().is_some_and(|item| item.is_kept() && item.closed);
                let last = links.len().wrapping_sub(1);
                // The last line after names of topics is a name of a topic too.
                let topics = links.iter().filter(|item| !item.shape.wordy && item.words < LINK_WORDS).count();
                let headed = headed && (topics < links.len() || topics == 1);
                for (place, item) in links.iter_mut().enumerate() {
                    let short = item.words < LINK_WORDS + usize::from(item.plain.as_str().ends_with('?'));
                    let subhead = headed && place == last && short && !item.bullet;
                    if !subhead {
                        item.drop();
                    }
                }
            }
            Fate::BlockHeading => {
                let last = below.iter().take(HEADED_BLOCKS).position(|item| item.prose);
                for item in below.iter_mut().take(last.map_or(0, |last| last + 1)) {
                    item.fate = Fate::Drop;
                }
            }
            Fate::Keep | Fate::Drop | Fate::Aside | Fate::End => {}
        }
    }
}

/// Drops numbered lists of links: "1 Storm took the roof", "2 Market reopens".
pub(super) fn drop_ranked(items: &mut [Item]) {
    let mut at = 0;
    while at < items.len() {
        let run = items[at..]
            .iter()
            .zip(1..=u8::MAX)
            .take_while(|(item, rank)| item.shape.rank == Some(*rank))
            .count();
        // Tables are numbered too, but have no headlines.
        let wordy = items[at..at + run].iter().filter(|item| item.shape.wordy).count();
        if run > 1 && wordy * 2 >= run {
            items[at..at + run].iter_mut().for_each(Item::drop);
        }
        at += run.max(1);
    }
}

/// Drops a few lines between boilerplate above and below them: parts of a box.
pub(super) fn drop_between(items: &mut [Item]) {
    let Some(second) = second_paragraph(items) else {
        return;
    };
    let mut at = second + 1;
    while at < items.len() {
        let part = |item: &&Item| {
            item.is_kept() && !item.embed && (!item.prose && !item.bullet || item.shape.talk > Talk::None)
        };
        let run = items[at..].iter().take_while(part).count();
        let boxed = items[at - 1].is_mark() && items.get(at + run).is_some_and(Item::is_mark);
        let choices = items[at..at + run].iter().filter(|item| item.is_menu_item()).count();
        let call = run > 0 && items[at].shape.calls && items[at].shape.talk > Talk::None;
        let beside = items[at - 1].is_mark() || items.get(at + run).is_some_and(Item::is_mark);
        let label = run == 1 && items[at].shape.label && !items[at].shape.wordy;
        let titled = label && items.get(at + 1).is_some_and(Item::is_mark);
        if titled
            || boxed && run <= BOX_LINES
            || items[at - 1].is_mark() && choices >= CHOICES
            || beside && run == 1 && call
        {
            items[at..at + run].iter_mut().for_each(Item::drop);
        }
        at += run.max(1);
    }
}

/// Drops linked headlines without a heading: several lines without a full stop between
/// paragraphs.
pub(super) fn drop_runs(items: &mut [Item]) {
    let Some(second) = second_paragraph(items) else {
        return;
    };
    let mut at = second + 1;
    while at < items.len() {
        let run = items[at..].iter().take_while(|item| is_headline_like(item)).count();
        let around = &items[at - 1];
        let listed = around.is_kept() && around.plain.as_str().ends_with([':', ';', ',']);
        let beside = around.is_mark() || items.get(at + run).is_some_and(Item::is_mark);
        let least = items[at..at + run].iter().map(|item| item.words).min().unwrap_or(0);
        let open = items[at..at + run].iter().filter(|item| !item.closed).count();
        if !listed && open * 2 > run && (run >= RUN_LINES || run == 2 && (least >= RUN_WORDS || beside)) {
            items[at..at + run].iter_mut().for_each(Item::drop);
        }
        at += run.max(1);
    }
}

/// The index of the second paragraph; above it there may be captions and key points.
fn second_paragraph(items: &[Item]) -> Option<usize> {
    items.iter().enumerate().filter(|(_, item)| item.is_prose()).nth(1).map(|(at, _)| at)
}

/// Whether a line can be the headline of another article.
fn is_headline_like(item: &Item) -> bool {
    item.is_kept()
        && item.is_link()
        && !item.bullet
        && !item.numbered
        && item.words >= LINK_WORDS
        && !item.plain.as_str().ends_with(['.', ':', ';', ','])
}

/// Drops runs of at least `least` menu items; lines that are already dropped count too.
pub(super) fn drop_menus(items: &mut [Item], least: usize, anchor: Option<usize>) {
    let mut at = 0;
    while at < items.len() {
        let run = items[at..].iter().take_while(|item| item.is_menu_item() || !item.is_kept()).count();
        let items = &mut items[at..at + run];
        let own = items.iter().filter(|item| item.is_kept()).count();
        if run >= least {
            let last = run - 1;
            for (place, item) in items.iter_mut().enumerate() {
                // A single short line at the end of a menu may be the headline.
                let heads = anchor.is_none() && own == 1 || item.shape.headed || item.shape.wordy;
                let headline = Some(at + place) == anchor || heads && place == last;
                if !headline {
                    item.drop();
                }
            }
        }
        at += run + 1;
    }
}
