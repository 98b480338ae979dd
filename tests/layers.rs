//! The tree reads as the data goes: no module uses a later one, no two files of a folder use each other.
//!
//! Read from the source itself: each path that begins with `crate::` or `super::`, tests aside, leads
//! from the file it stands in to a file or folder. Both are compared where their places in the tree
//! part.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// The modules of the library; each may use those above it.
const LAYERS: [&str; 22] = [
    "digest",
    "numeric",
    "durable",
    "isolation",
    "phrase",
    "document",
    "text",
    "models",
    "inference",
    "entities",
    "actors",
    "stance",
    "config",
    "observe",
    "extraction",
    "record",
    "storage",
    "review",
    "exchange",
    "evaluate",
    "job",
    "lib",
];

/// A module by its path, such as `["text", "page"]`.
type Module = Vec<String>;

/// Where a use stands, and what it leads to.
type Use = (Module, Module);

/// All files of the library with their modules; those of the program and of tests aside.
fn files(folder: &Path, module: &Module, found: &mut Vec<(PathBuf, Module)>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let inner = || module.iter().cloned().chain([name.clone()]).collect::<Module>();
        if path.is_dir() {
            if name != "cli" {
                files(&path, &inner(), found);
            }
        } else if path.extension().is_some_and(|end| end == "rs") {
            match name.as_str() {
                "main" | "tests" => {}
                "mod" => found.push((path, module.clone())),
                _ => found.push((path, inner())),
            }
        }
    }
}

/// Collects the paths of a file that lead into the crate.
struct Paths<'m> {
    module: &'m Module,
    found: Vec<Module>,
}

impl Paths<'_> {
    /// A path from the crate's root, if it leads into the crate.
    fn resolved(&self, segments: &[String]) -> Option<Module> {
        let (first, rest) = segments.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Module::new(),
            "super" => self.module[..self.module.len().checked_sub(1)?].to_vec(),
            "self" => self.module.clone(),
            _ => return None,
        };
        let mut rest = rest.iter().peekable();
        while rest.next_if(|segment| *segment == "super").is_some() {
            base.pop()?;
        }
        base.extend(rest.cloned());
        Some(base)
    }

    fn add(&mut self, segments: &[String]) {
        let found = self.resolved(segments);
        self.found.extend(found);
    }

    fn tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(path.ident.to_string())),
            UseTree::Name(name) => self.add(&with(name.ident.to_string())),
            UseTree::Rename(name) => self.add(&with(name.ident.to_string())),
            UseTree::Glob(_) => self.add(before),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before)),
        }
    }
}

impl<'a> Visit<'a> for Paths<'_> {
    fn visit_item(&mut self, item: &'a Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_visibility(&mut self, _: &'a syn::Visibility) {}

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if segments.len() > 1 {
            self.add(&segments);
        }
        visit::visit_path(self, path);
    }
}

/// `#[cfg(test)]`, or `#[cfg(all(test, …))]`.
fn is_for_tests(attribute: &Attribute) -> bool {
    let is_cfg = attribute.path().is_ident("cfg");
    let syn::Meta::List(list) = &attribute.meta else { return false };
    let condition = list.tokens.to_string();
    is_cfg && (condition == "test" || condition.starts_with("all (test"))
}

/// The module or file that a path leads to: its longest beginning that is one.
fn target(path: &Module, known: &BTreeSet<Module>) -> Module {
    (0..=path.len()).rev().map(|n| path[..n].to_vec()).find(|m| known.contains(m)).unwrap_or_default()
}

fn uses() -> Vec<Use> {
    let mut all = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &Module::new(), &mut all);
    all.retain(|(_, module)| *module != ["lib"]);
    let known: BTreeSet<Module> = all.iter().map(|(_, module)| module.clone()).collect();
    let mut uses = BTreeSet::new();
    for (path, module) in &all {
        let text = fs::read_to_string(path).expect("read");
        let file = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut paths = Paths { module, found: Vec::new() };
        paths.visit_file(&file);
        let targets = paths.found.iter().map(|path| target(path, &known));
        uses.extend(targets.filter(|target| target != module).map(|target| (module.clone(), target)));
    }
    uses.into_iter().collect()
}

/// Whether one module holds the other.
fn holds(outer: &Module, inner: &Module) -> bool {
    inner.starts_with(outer)
}

#[test]
fn no_stage_uses_a_later_one() {
    let place = |module: &Module| {
        let name = module.first().map_or("lib", String::as_str);
        LAYERS.iter().position(|layer| *layer == name).unwrap_or_else(|| panic!("{name} is in no layer"))
    };
    let wrong: Vec<String> = uses()
        .iter()
        .filter(|(from, to)| place(from) < place(to))
        .map(|(from, to)| format!("{} uses {}", from.join("::"), to.join("::")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_uses_the_module_that_holds_it() {
    let wrong: Vec<String> = uses()
        .iter()
        .filter(|(from, to)| holds(to, from))
        .map(|(from, to)| format!("{} uses {}, of which it is a part", from.join("::"), to.join("::")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_two_files_of_a_folder_use_each_other() {
    // For each folder, which of its parts use which.
    let mut folders: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (from, to) in uses() {
        let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        if let (Some(a), Some(b)) = (from.get(common), to.get(common)) {
            let folder = folders.entry(from[..common].to_vec()).or_default();
            folder.entry(a.clone()).or_default().insert(b.clone());
        }
    }
    let mut wrong = Vec::new();
    for (folder, uses) in &folders {
        // Takes away what uses nothing that is left; a circle stays.
        let mut left = uses.clone();
        loop {
            let parts: BTreeSet<String> = left.keys().cloned().collect();
            let before = left.len();
            left.retain(|_, used| used.iter().any(|other| parts.contains(other)));
            if left.len() == before {
                break;
            }
        }
        if !left.is_empty() {
            wrong.push(format!("{}: {left:?}", folder.join("::")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
