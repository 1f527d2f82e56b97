//! Flows as entries tell of them: every sheet once and in its order, every flow in one sheet, its
//! tasks numbered on, and no document left out by one person alone.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher as _};

use domain::Digest;

use crate::cases::Signed;
use crate::entry::EntryOne;
use crate::images::{Filing, Images, place};
use crate::json::Json;

/// A sheet by branch and day.
type Day = (String, String);

/// What entries tell of flows, as far as the next ones depend on it.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    /// How many sheets each branch's day has.
    sheets: BTreeMap<Day, u64>,
    /// Where each flow stands and how many tasks it has, by a hash of its number: there are
    /// millions of them.
    stand: HashMap<u64, Standing>,
    /// The waivers that wait for a second person: who asked, and for what.
    waivers: BTreeMap<(String, u64), (String, Digest)>,
    /// The waivers that were granted.
    waived: BTreeMap<String, Vec<u64>>,
    /// The flows whose documents were found in order, by hashes of their numbers.
    in_order: HashSet<u64>,
    images: Images,
}

#[derive(Clone, Copy, Debug)]
struct Standing {
    /// A hash of its sheet.
    sheet: u64,
    tasks: u64,
}

/// A sheet by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sheet {
    day: Day,
    number: u64,
}

impl Sheet {
    fn parse(body: &Json, key: &str) -> Result<Self, String> {
        let read = |sheet: &Json| {
            Some(Self {
                day: (
                    sheet.text_of("branch")?.to_owned(),
                    sheet.text_of("business_date")?.to_owned(),
                ),
                number: sheet.whole_of("number")?,
            })
        };
        let sheet = body.get(key).and_then(read);
        sheet.ok_or_else(|| wrong(key))
    }

    fn said(&self) -> String {
        let (branch, date) = &self.day;
        format!("sheet {} of branch {branch} on {date}", self.number)
    }

    fn hash(&self) -> u64 {
        hash(&(&self.day, self.number))
    }
}

impl Flows {
    /// Takes in an entry about flows. The first error is of a body that cannot be read; the
    /// second answer tells what contradicts what was told before.
    pub(crate) fn take(&mut self, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let sheet = Sheet::parse(body, "sheet")?;
        if entry.event == "flows.recorded" {
            return self.record(body, &sheet);
        }
        let flow = body.text_of("flow").ok_or_else(|| wrong("flow"))?;
        let step = Step::parse(entry)?;
        let Some(standing) = self.stand.get(&hash(&flow)).copied() else {
            let found = format!("{} of flow {flow}, which is nowhere", entry.event);
            return Ok(Some(found));
        };
        if standing.sheet != sheet.hash() {
            let found = format!("flow {flow} in {}, where it is not", sheet.said());
            return Ok(Some(found));
        }
        Ok(self.follow((flow, standing), &sheet, step, entry))
    }

    /// Takes in an entry about an image, or about a record that stands for no task. The answers are
    /// as those of [`Flows::take`].
    pub(crate) fn take_image(&mut self, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let (at, contradiction) = match entry.event.as_str() {
            "record.filed" | "record.excepted" => {
                let is_exception = entry.event == "record.excepted";
                match self.images.file(body, is_exception, entry)? {
                    Filing::None => return Ok(None),
                    Filing::Task(contradiction) => (
                        body.get("filing").and_then(|filing| filing.get("at")),
                        contradiction,
                    ),
                }
            }
            "record.assigned" => (body.get("at"), self.images.assign(entry)?),
            "review.passed" | "review.returned" => (body.get("at"), self.images.review(entry)?),
            "task.shared" => (body.get("at"), self.images.share(entry)?),
            "deadline.missed" => return self.missed(body),
            "day.reconciled" | "day.closed" => return self.signed_day(entry),
            "record.rescanned" => {
                body.text_of("instead").ok_or_else(|| wrong("instead"))?;
                return self.images.settle(entry);
            }
            _kept_or_rejected => {
                body.text_of("reason").ok_or_else(|| wrong("reason"))?;
                return self.images.settle(entry);
            }
        };
        let at = at.ok_or_else(|| wrong("at"))?;
        let (flow, number) = place(at)?;
        let misplaced = self.misplaced(flow, &Sheet::parse(at, "sheet")?, &[number]);
        let waived = self.waived.get(flow).is_some_and(|of| of.contains(&number));
        let waived = waived.then(|| format!("an image for task {flow}/{number}, which was waived"));
        Ok(misplaced.or(contradiction).or(waived))
    }

    /// A day that was signed: by whoever acted, of a branch that has flows on it.
    fn signed_day(&self, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let branch = body.text_of("branch").ok_or_else(|| wrong("branch"))?;
        let date = body
            .text_of("business_date")
            .ok_or_else(|| wrong("business_date"))?;
        let signed = Signed::parse(body)?;
        let explained = if entry.event == "day.closed" {
            "surplus"
        } else {
            "missing"
        };
        let list = body
            .get(explained)
            .and_then(Json::list)
            .ok_or_else(|| wrong(explained))?;
        if !list.iter().all(|one| one.text_of("reason").is_some()) {
            return Err(wrong(explained));
        }
        let there = self
            .sheets
            .contains_key(&(branch.to_owned(), date.to_owned()));
        let nowhere = || format!("a day of branch {branch}, {date}, on which no flow is");
        Ok((!there)
            .then(nowhere)
            .or_else(|| signed.contradiction(entry)))
    }

    fn missed(&self, body: &Json) -> Result<Option<String>, String> {
        let sheet = Sheet::parse(body, "sheet")?;
        for key in ["duty", "due"] {
            body.text_of(key).ok_or_else(|| wrong(key))?;
        }
        let open = body.get("open").and_then(Json::list);
        for one in open.ok_or_else(|| wrong("open"))? {
            let numbers = |list: &[Json]| list.iter().map(Json::whole).collect::<Option<Vec<_>>>();
            let read = match one.list() {
                Some([flow, tasks]) => flow.text().zip(tasks.list().and_then(numbers)),
                _ => None,
            };
            let (flow, tasks) = read.ok_or_else(|| wrong("open"))?;
            let misplaced = self.misplaced(flow, &sheet, &tasks);
            if misplaced.is_some() {
                return Ok(misplaced);
            }
        }
        Ok(None)
    }

    /// What is wrong with the place of tasks.
    fn misplaced(&self, flow: &str, sheet: &Sheet, tasks: &[u64]) -> Option<String> {
        let Some(standing) = self.stand.get(&hash(&flow)) else {
            return Some(format!("flow {flow}, which is nowhere"));
        };
        if standing.sheet != sheet.hash() {
            return Some(format!("flow {flow} in {}, where it is not", sheet.said()));
        }
        let strange = tasks
            .iter()
            .find(|task| !(1..=standing.tasks).contains(*task));
        strange.map(|task| format!("task {flow}/{task}, which is not there"))
    }

    fn record(&mut self, body: &Json, sheet: &Sheet) -> Result<Option<String>, String> {
        let flows = body.get("flows").and_then(Json::list);
        let flows = flows.filter(|flows| !flows.is_empty());
        let flows: Option<Vec<_>> = flows.and_then(|flows| flows.iter().map(taken).collect());
        let flows = flows.ok_or_else(|| wrong("flows"))?;
        let mut contradiction = self.begin(sheet);
        for (flow, tasks) in flows {
            let standing = Standing {
                sheet: sheet.hash(),
                tasks,
            };
            if self.stand.insert(hash(&flow.as_str()), standing).is_some() {
                let twice = || format!("flow {flow}, which stands somewhere already");
                contradiction = contradiction.or_else(|| Some(twice()));
            }
        }
        Ok(contradiction)
    }

    /// A sheet begins behind those there are.
    fn begin(&mut self, sheet: &Sheet) -> Option<String> {
        let known = self.sheets.entry(sheet.day.clone()).or_default();
        let expected = *known;
        *known = expected.max(sheet.number.saturating_add(1));
        (sheet.number != expected).then(|| format!("{} where {expected} follows", sheet.said()))
    }

    /// A step of a flow that is where the entry says.
    fn follow(
        &mut self,
        (flow, mut standing): (&str, Standing),
        sheet: &Sheet,
        step: Step,
        entry: &EntryOne,
    ) -> Option<String> {
        let name = |task: u64| format!("task {flow}/{task}");
        let next = standing.tasks.saturating_add(1);
        let there = |task: u64| (1..next).contains(&task);
        let misplaced = match &step {
            Step::Added { task } => (*task != next).then_some((*task, "is not the next one")),
            Step::Adjusted { task, by } if *by != next => Some((*task, "is not followed in turn")),
            Step::Adjusted { task, .. }
            | Step::Asked { task, .. }
            | Step::Granted { task, .. }
            | Step::Denied { task, .. } => (!there(*task)).then_some((*task, "is not there")),
            Step::Corrected { .. } | Step::Cancelled { .. } | Step::Verified { .. } => None,
        };
        let contradiction = match step {
            Step::Corrected {
                to,
                added,
                withdrawn,
            } => {
                self.images.withdraw(flow, &withdrawn);
                self.in_order.remove(&hash(&flow));
                standing.tasks = standing.tasks.saturating_add(added);
                standing.sheet = to.hash();
                if to == *sheet { None } else { self.begin(&to) }
            }
            Step::Cancelled { withdrawn } => {
                self.images.withdraw(flow, &withdrawn);
                None
            }
            Step::Added { .. } | Step::Adjusted { .. } => {
                self.in_order.remove(&hash(&flow));
                standing.tasks = next;
                None
            }
            Step::Verified { in_order, signed } => {
                let again = self.in_order.contains(&hash(&flow));
                if in_order {
                    self.in_order.insert(hash(&flow));
                }
                let again = again.then(|| format!("flow {flow} verified again"));
                again.or_else(|| signed.contradiction(entry))
            }
            Step::Asked { task, signed } => {
                let contradiction = signed.contradiction(entry);
                let waived = self.images.has(flow, task)
                    || self.waived.get(flow).is_some_and(|of| of.contains(&task));
                let asked = (signed.person, signed.content);
                let before = self.waivers.insert((flow.to_owned(), task), asked);
                let out_of_turn = waived || before.is_some();
                let again = || format!("a waiver of {} that is asked for again", name(task));
                out_of_turn.then(again).or(contradiction)
            }
            Step::Granted { task, signed } => {
                self.waived.entry(flow.to_owned()).or_default().push(task);
                let (name, person) = (name(task), &signed.person);
                match self.waivers.remove(&(flow.to_owned(), task)) {
                    None => Some(format!("a waiver of {name} that nobody asked for")),
                    Some((asked, _)) if asked == *person => Some(format!(
                        "{asked} asked for and granted the waiver of {name}"
                    )),
                    Some((_, content)) if content != signed.content => {
                        Some(format!("the waiver of {name} granted with another content"))
                    }
                    Some(_) => signed.contradiction(entry),
                }
            }
            Step::Denied { task, by } => {
                let name = name(task);
                let acts = entry.person.as_deref().unwrap_or("nobody known");
                match self.waivers.remove(&(flow.to_owned(), task)) {
                    None => Some(format!("a denial for {name} that nobody asked for")),
                    Some((asked, _)) if asked == by => {
                        Some(format!("{asked} asked for and denied the waiver of {name}"))
                    }
                    Some(_) => (acts != by).then(|| format!("{by} denied where {acts} acted")),
                }
            }
        };
        self.stand.insert(hash(&flow), standing);
        let misplaced = misplaced.map(|(task, why)| format!("{}, which {why}", name(task)));
        misplaced.or(contradiction)
    }
}

/// What an entry says of one flow.
enum Step {
    Corrected {
        to: Sheet,
        added: u64,
        withdrawn: Vec<u64>,
    },
    Cancelled {
        withdrawn: Vec<u64>,
    },
    Added {
        task: u64,
    },
    Adjusted {
        task: u64,
        by: u64,
    },
    Verified {
        in_order: bool,
        signed: Signed,
    },
    Asked {
        task: u64,
        signed: Signed,
    },
    Granted {
        task: u64,
        signed: Signed,
    },
    Denied {
        task: u64,
        by: String,
    },
}

impl Step {
    fn parse(entry: &EntryOne) -> Result<Self, String> {
        let body = &entry.body;
        let text = |key: &str| body.text_of(key).ok_or_else(|| wrong(key));
        let whole = |key: &str| body.whole_of(key).ok_or_else(|| wrong(key));
        let withdrawn = || {
            let numbers = body.get("withdrawn").and_then(Json::list);
            let numbers = numbers.and_then(|list| list.iter().map(Json::whole).collect());
            let numbers: Option<Vec<u64>> = numbers;
            numbers.ok_or_else(|| wrong("withdrawn"))
        };
        Ok(match entry.event.as_str() {
            "flow.corrected" => {
                for said in ["was", "now"] {
                    let read = body.get(said).filter(|read| is_said(read));
                    read.ok_or_else(|| wrong(said))?;
                }
                let withdrawn = withdrawn()?;
                let added = body.texts_of("added").ok_or_else(|| wrong("added"))?;
                Self::Corrected {
                    to: Sheet::parse(body, "to")?,
                    added: u64::try_from(added.len()).unwrap_or(u64::MAX),
                    withdrawn,
                }
            }
            "flow.cancelled" => {
                let withdrawn = withdrawn()?;
                Self::Cancelled { withdrawn }
            }
            "task.added" => {
                let (_class, _reason) = (text("class")?, text("reason")?);
                Self::Added {
                    task: whole("task")?,
                }
            }
            "task.adjusted" => {
                let (_was, _class, _reason) = (text("was")?, text("class")?, text("reason")?);
                Self::Adjusted {
                    task: whole("task")?,
                    by: whole("by")?,
                }
            }
            "flow.verified" => {
                let found = text("found")?;
                let _means = body.texts_of("means").ok_or_else(|| wrong("means"))?;
                Self::Verified {
                    in_order: found == "in-order",
                    signed: Signed::parse(body)?,
                }
            }
            "waiver.asked" => {
                let (_class, _reason) = (text("class")?, text("reason")?);
                Self::Asked {
                    task: whole("task")?,
                    signed: Signed::parse(body)?,
                }
            }
            "waiver.granted" => Self::Granted {
                task: whole("task")?,
                signed: Signed::parse(body)?,
            },
            _denied => {
                let _reason = text("reason")?;
                Self::Denied {
                    task: whole("task")?,
                    by: text("by")?.to_owned(),
                }
            }
        })
    }
}

pub(crate) fn wrong(key: &str) -> String {
    format!("`{key}` is missing or wrong")
}

pub(crate) fn hash<T: std::hash::Hash>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A flow that was taken over, and how many tasks it has.
fn taken(flow: &Json) -> Option<(String, u64)> {
    let tasks = flow.texts_of("tasks")?;
    for key in ["client", "business", "operator", "channel"] {
        flow.text_of(key)?;
    }
    let number = flow.text_of("flow")?.to_owned();
    Some((number, u64::try_from(tasks.len()).ok()?))
}

fn is_said(said: &Json) -> bool {
    let keys = [
        "branch",
        "business_date",
        "client",
        "business",
        "operator",
        "channel",
    ];
    keys.iter().all(|key| said.text_of(key).is_some())
}
