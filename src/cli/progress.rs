//! Progress on standard error: a bar on a terminal, plain lines elsewhere.

use std::fmt::Arguments;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use demarche::observe::{Event, Observer};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a plain line is written.
const INTERVAL: Duration = Duration::from_secs(5);

/// What a run tells while it works.
pub struct Progress {
    mode: Mode,
    started: Instant,
    total: Option<usize>,
    documents: AtomicUsize,
    sentences: AtomicUsize,
    quarantined: AtomicUsize,
    lists_failures: bool,
}

enum Mode {
    Bar(ProgressBar),
    Lines(std::sync::Mutex<Instant>),
    Silent,
}

impl Observer for Progress {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Step { .. } => {}
            Event::Document { sentences, .. } => {
                self.sentences.fetch_add(sentences, Ordering::Relaxed);
                self.document();
            }
            Event::Quarantined(failure) => {
                self.quarantined.fetch_add(1, Ordering::Relaxed);
                if self.lists_failures {
                    self.above(|| tell(format_args!("quarantined: {failure}")));
                }
                self.document();
            }
        }
    }
}

impl Progress {
    /// `total`: documents there are, if known. `quiet`: say nothing.
    pub fn new(total: Option<usize>, quiet: bool) -> Self {
        let mode = if quiet {
            Mode::Silent
        } else if io::stderr().is_terminal() {
            Mode::Bar(bar(total))
        } else {
            Mode::Lines(std::sync::Mutex::new(Instant::now()))
        };
        Self {
            mode,
            started: Instant::now(),
            total,
            documents: AtomicUsize::new(0),
            sentences: AtomicUsize::new(0),
            quarantined: AtomicUsize::new(0),
            lists_failures: false,
        }
    }

    /// Lists what could not be done, where no file does.
    pub fn listing_failures(self) -> Self {
        Self { lists_failures: true, ..self }
    }

    fn document(&self) {
        self.documents.fetch_add(1, Ordering::Relaxed);
        if let Mode::Bar(bar) = &self.mode {
            bar.inc(1);
        }
        self.tell();
    }

    /// Writes above the bar, if there is one.
    fn above(&self, write: impl FnOnce()) {
        match &self.mode {
            Mode::Bar(bar) => bar.suspend(write),
            Mode::Lines(_) | Mode::Silent => write(),
        }
    }

    /// The last word; the bar stays where it is, also if the work was broken off.
    pub fn finish(&self) {
        match &self.mode {
            Mode::Bar(bar) => {
                bar.set_message(self.message());
                bar.abandon();
            }
            Mode::Lines(_) => tell(format_args!("{}", self.line())),
            Mode::Silent => {}
        }
    }

    fn tell(&self) {
        match &self.mode {
            Mode::Bar(bar) => bar.set_message(self.message()),
            Mode::Lines(last) => {
                let Ok(mut last) = last.try_lock() else { return };
                if last.elapsed() >= INTERVAL {
                    *last = Instant::now();
                    tell(format_args!("{}", self.line()));
                }
            }
            Mode::Silent => {}
        }
    }

    fn message(&self) -> String {
        let sentences = self.sentences.load(Ordering::Relaxed);
        let rate = sentences as f64 / self.started.elapsed().as_secs_f64().max(1e-3);
        let quarantined = self.quarantined.load(Ordering::Relaxed);
        format!("{sentences} sentences, {rate:.0}/s, {quarantined} quarantined")
    }

    fn line(&self) -> String {
        let done = self.documents.load(Ordering::Relaxed);
        let of = self.total.map(|total| format!("/{total}")).unwrap_or_default();
        let left = match self.total {
            Some(total) if done > 0 && done < total => {
                let left = self.started.elapsed().mul_f64((total - done) as f64 / done as f64);
                format!(", {} left", HumanDuration(left))
            }
            _ => String::new(),
        };
        format!("{done}{of} documents, {}{left}", self.message())
    }
}

/// Writes a line to standard error; ignores write errors.
pub fn tell(line: Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn bar(total: Option<usize>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total as u64), "{bar:30} {pos}/{len} documents, {msg}, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {pos} documents, {msg}"),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message("reading");
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
