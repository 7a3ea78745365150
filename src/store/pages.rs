//! The pages of a database file, as far as LMDB itself reads them only when it writes:
//! the list of free pages, and the end of the file. What tables refer to is read by
//! reading the tables.
//!
//! The layout is that of LMDB's data version 1 (mdb.c): two meta pages, then pages
//! of trees. Each page up to the last one of the newer meta page belongs to a tree or is
//! listed as free; the file may be shorter if the pages that it lacks are free ones.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

const WORD: usize = size_of::<usize>();
/// Page number, two unused bytes, flags, and the bounds of the free space.
const HEADER: usize = WORD + 8;
const MAGIC: u32 = 0xBEEF_C0DE;
const BRANCH: u16 = 1;
const LEAF: u16 = 2;
const OVERFLOW: u16 = 4;
/// The value of a node is on pages of its own.
const BIG_DATA: u16 = 1;
/// A tree of a database: four bytes, flags, depth, five words of which the last is
/// the root.
const TREE: usize = 8 + 5 * WORD;

/// What a meta page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meta {
    page_size: usize,
    free_root: usize,
    last_page: usize,
    transaction: usize,
}

/// Numbers in a page. Beyond its end there is none.
struct Page(Vec<u8>);

impl Page {
    fn bytes<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    fn half(&self, at: usize) -> Option<u16> {
        self.bytes(at).map(u16::from_ne_bytes)
    }

    fn quarter(&self, at: usize) -> Option<u32> {
        self.bytes(at).map(u32::from_ne_bytes)
    }

    fn word(&self, at: usize) -> Option<usize> {
        self.bytes(at).map(usize::from_ne_bytes)
    }

    fn flags(&self) -> u16 {
        self.half(WORD + 2).unwrap_or(0)
    }

    /// Where the nodes of a tree's page begin.
    fn nodes(&self) -> Option<Vec<usize>> {
        let lower = usize::from(self.half(WORD + 4)?);
        let count = lower.checked_sub(HEADER)? / 2;
        (0..count)
            .map(|at| self.half(HEADER + 2 * at).map(usize::from))
            .collect()
    }
}

/// Whether the file has all of its pages, and its list of free pages can be read. The
/// caller holds a reading transaction, so that no page of it is written meanwhile.
pub(super) fn check(file: &File) -> Result<(), String> {
    let meta = newer_meta(file)?;
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    let there = usize::try_from(length).unwrap_or(usize::MAX) / meta.page_size;
    let lacking = (meta.last_page + 1).saturating_sub(there);
    let walk = Walk { file, meta, there };
    let free = walk.free_beyond_the_end()?;
    if lacking > free {
        return Err(format!(
            "its file has lost its end: of {} pages the last {lacking} are missing",
            meta.last_page + 1
        ));
    }
    Ok(())
}

/// The newer of the two meta pages; an appliance may be writing one.
fn newer_meta(file: &File) -> Result<Meta, String> {
    let read = || {
        let first = meta(file, 0)?;
        let second = meta(file, first.page_size)?;
        Ok::<_, String>(if first.transaction > second.transaction {
            first
        } else {
            second
        })
    };
    let mut now = read()?;
    for _ in 0..10 {
        let again = read()?;
        if again == now {
            break;
        }
        now = again;
    }
    Ok(now)
}

fn meta(file: &File, offset: usize) -> Result<Meta, String> {
    let trees = HEADER + 8 + 2 * WORD;
    let length = trees + 2 * TREE + 2 * WORD;
    let page = read(file, offset, length).map_err(|error| error.to_string())?;
    let of = || {
        if page.quarter(HEADER)? != MAGIC {
            return None;
        }
        Some(Meta {
            page_size: usize::try_from(page.quarter(trees)?).ok()?,
            free_root: page.word(trees + TREE - WORD)?,
            last_page: page.word(trees + 2 * TREE)?,
            transaction: page.word(trees + 2 * TREE + WORD)?,
        })
    };
    of().filter(|meta| meta.page_size.is_power_of_two() && meta.page_size >= 512)
        .filter(|meta| meta.last_page.checked_mul(meta.page_size).is_some())
        .ok_or_else(|| "it does not begin like a database".to_owned())
}

fn read(file: &File, offset: usize, length: usize) -> io::Result<Page> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, offset as u64)?;
    Ok(Page(bytes))
}

/// A walk over the tree that lists the free pages.
struct Walk<'a> {
    file: &'a File,
    meta: Meta,
    /// Whole pages of the file.
    there: usize,
}

impl Walk<'_> {
    /// How many free pages are beyond the end of the file. Reads all of the list.
    fn free_beyond_the_end(&self) -> Result<usize, String> {
        let mut beyond = HashSet::new();
        let mut seen = HashSet::new();
        let mut open = vec![self.meta.free_root];
        while let Some(number) = open.pop() {
            if number == usize::MAX {
                continue; // An empty tree.
            }
            if !seen.insert(number) {
                return Err(damaged(number));
            }
            let page = self.page(number, 1)?;
            let nodes = page.nodes().ok_or_else(|| damaged(number))?;
            for node in nodes {
                let known = match page.flags() & (BRANCH | LEAF) {
                    BRANCH => child(&page, node).map(|child| open.push(child)),
                    LEAF => self.list(&page, node, &mut beyond)?,
                    _ => None,
                };
                known.ok_or_else(|| damaged(number))?;
            }
            if page.flags() & (BRANCH | LEAF) == 0 {
                return Err(damaged(number));
            }
        }
        Ok(beyond.len())
    }

    /// A record of free pages: how many, and their numbers.
    fn list(
        &self,
        page: &Page,
        node: usize,
        beyond: &mut HashSet<usize>,
    ) -> Result<Option<()>, String> {
        let Some((length, flags, data)) = leaf(page, node) else {
            return Ok(None);
        };
        let record = if flags & BIG_DATA == 0 {
            page.0
                .get(data..)
                .and_then(|rest| rest.get(..length))
                .map(<[u8]>::to_vec)
        } else {
            let Some(number) = page.word(data) else {
                return Ok(None);
            };
            let pages = (HEADER + length).div_ceil(self.meta.page_size);
            let big = self.page(number, pages)?;
            if big.flags() & OVERFLOW == 0 {
                return Err(damaged(number));
            }
            big.0.get(HEADER..HEADER + length).map(<[u8]>::to_vec)
        };
        let Some(record) = record.map(Page) else {
            return Ok(None);
        };
        let Some(count) = record.word(0) else {
            return Ok(None);
        };
        for at in 1..=count {
            match record.word(at.saturating_mul(WORD)) {
                Some(free) if (2..=self.meta.last_page).contains(&free) => {
                    if free >= self.there {
                        beyond.insert(free);
                    }
                }
                _ => return Ok(None),
            }
        }
        Ok(Some(()))
    }

    /// Pages from a number on, the first of which must say that it is that one.
    fn page(&self, number: usize, count: usize) -> Result<Page, String> {
        let end = number.checked_add(count);
        if number < 2 || end.is_none_or(|end| end > self.meta.last_page + 1) {
            return Err(damaged(number));
        }
        if end.is_none_or(|end| end > self.there) {
            return Err(format!(
                "its file has lost its end: page {number}, which it uses, is missing"
            ));
        }
        let size = self.meta.page_size;
        let page = read(self.file, number * size, count * size)
            .map_err(|error| format!("page {number} cannot be read: {error}"))?;
        if page.word(0) == Some(number) {
            Ok(page)
        } else {
            Err(damaged(number))
        }
    }
}

/// The page that a node of a branch leads to.
fn child(page: &Page, node: usize) -> Option<usize> {
    let low = usize::from(page.half(node)?);
    let high = usize::from(page.half(node + 2)?);
    let top = usize::from(page.half(node + 4)?);
    // The flags' place holds the highest digits where a word has room for them.
    let top = top.checked_shl(32).unwrap_or(0);
    Some(low | high << 16 | top)
}

/// The length, the flags and the place of a leaf's value.
fn leaf(page: &Page, node: usize) -> Option<(usize, u16, usize)> {
    let low = usize::from(page.half(node)?);
    let high = usize::from(page.half(node + 2)?);
    let flags = page.half(node + 4)?;
    let key = usize::from(page.half(node + 6)?);
    Some((low | high << 16, flags, node + 8 + key))
}

fn damaged(number: usize) -> String {
    format!("page {number} of its list of free pages is damaged")
}

#[cfg(test)]
mod tests {
    use super::super::database::Sizes;
    use super::super::open::scratch;
    use super::super::read_everything;
    use super::*;
    use serde_json::json;
    use std::fs;
    use std::path::PathBuf;

    /// A database with thousands of free pages, some on pages of their own.
    fn used() -> (tempfile::TempDir, PathBuf) {
        let (dir, store) = scratch(Sizes {
            initial: 32 << 20,
            most: 64 << 20,
        });
        let value = json!("x".repeat(20_000));
        for round in 0..3 {
            for at in 0..100 {
                let key = format!("filler-{at}");
                store
                    .write_blocking(|txn, tables| tables.meta.put(txn, &key, &value))
                    .unwrap();
            }
            store
                .write_blocking(|txn, tables| {
                    for at in 0..100 {
                        tables.meta.delete(txn, &format!("filler-{at}"))?;
                    }
                    tables.meta.put(txn, "round", &json!(round))
                })
                .unwrap();
        }
        drop(store);
        let file = dir.path().join("db/data.mdb");
        (dir, file)
    }

    fn verdict(file: &PathBuf) -> Result<(), String> {
        check(&File::open(file).unwrap())
    }

    #[test]
    fn whole_database_passes_and_each_page_of_its_free_list_is_read() {
        let (dir, file) = used();
        assert_eq!(verdict(&file), Ok(()));
        assert!(read_everything(dir.path()).is_ok());
        let whole = fs::read(&file).unwrap();
        let meta = newer_meta(&File::open(&file).unwrap()).unwrap();
        let size = meta.page_size;
        let root = meta.free_root * size;
        let mut bytes = whole.clone();
        bytes[root..root + size].fill(0);
        fs::write(&file, &bytes).unwrap();
        let told = verdict(&file).unwrap_err();
        assert!(told.contains("free pages is damaged"), "{told}");
        // A record that says it lists more than there is.
        let page = Page(whole[root..root + size].to_vec());
        if page.flags() & LEAF != 0 {
            let node = page.nodes().unwrap()[0];
            let (_, flags, data) = leaf(&page, node).unwrap();
            let count = if flags & BIG_DATA == 0 {
                root + data
            } else {
                page.word(data).unwrap() * size + HEADER
            };
            let mut bytes = whole.clone();
            bytes[count..count + WORD].fill(0x7f);
            fs::write(&file, &bytes).unwrap();
            assert!(verdict(&file).is_err());
        }
    }

    #[test]
    fn file_that_lost_pages_in_use_is_found_and_one_that_lacks_free_pages_is_not() {
        let (_dir, file) = used();
        let whole = fs::read(&file).unwrap();
        let meta = newer_meta(&File::open(&file).unwrap()).unwrap();
        let mut refused = 0;
        let some = (1..20).chain((20..meta.last_page - 2).step_by(97));
        for pages in some {
            let length = (meta.last_page + 1 - pages) * meta.page_size;
            fs::write(&file, &whole[..length.min(whole.len())]).unwrap();
            let walk = Walk {
                file: &File::open(&file).unwrap(),
                meta,
                there: meta.last_page + 1 - pages,
            };
            // As many free ones as are missing: nothing is lost.
            let is_harmless = walk.free_beyond_the_end() == Ok(pages);
            assert_eq!(verdict(&file).is_ok(), is_harmless, "{pages} pages");
            refused += usize::from(!is_harmless);
        }
        assert!(refused > 0);
    }
}
