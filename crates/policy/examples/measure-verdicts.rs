//! How many retention verdicts a second one core gives, and how long a profile takes to load.
//!
//! ```text
//! cargo run --release -p policy --example measure-verdicts
//! ```
//!
//! The facts are of every class and form of the embedded profiles: begun, running out, open,
//! unknown and held. No explanation is built. A verdict allocates nothing: all that it names it
//! borrows, and the lines for a class are found by their places (there is no counting allocator
//! to show it, for that takes unsafe code). It ends with 1 when an aim is missed.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a measurement stops at the first surprise and reads the clock"
)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use domain::BusinessDate;
use policy::profile::{EMBEDDED, Profile};
use policy::retention::{Facts, Hold, Moment, Outcome, Rendition, Start, Starts, Verdict, judge};

const VERDICTS_A_SECOND: f64 = 1_000_000.0;
const LOADING: Duration = Duration::from_millis(5);

/// The shortest of so many rounds counts: what others on the machine take is not ours.
const ROUNDS: u32 = 15;

fn main() -> ExitCode {
    let mut missed = false;
    let mut profiles = Vec::new();
    for (name, text) in EMBEDDED {
        let load = || Profile::parse(name, black_box(text)).unwrap();
        let took = shortest(|| drop(black_box(load())));
        let aim = verdict(took < LOADING, &mut missed);
        println!(
            "load {name}: {:.2} ms (aim < 5 ms: {aim})",
            took.as_secs_f64() * 1e3
        );
        profiles.push(load());
    }

    let day: BusinessDate = "2026-11-23".parse().unwrap();
    let worlds: Vec<(&Profile, Vec<Facts>)> =
        profiles.iter().map(|one| (one, facts(one))).collect();
    for (profile, facts) in &worlds {
        let took = shortest(|| judge_all(profile, facts, day));
        let each = facts.len() as f64 / took.as_secs_f64();
        println!(
            "{}: {each:.0} verdicts a second over {} facts",
            profile.name,
            facts.len()
        );
    }
    let all: usize = worlds.iter().map(|(_, facts)| facts.len()).sum();
    let took = shortest(|| {
        for (profile, facts) in &worlds {
            judge_all(profile, facts, day);
        }
    });
    let each = all as f64 / took.as_secs_f64();
    let aim = verdict(each >= VERDICTS_A_SECOND, &mut missed);
    println!("all: {each:.0} verdicts a second on one core (aim >= 1,000,000: {aim})");
    mixture(&worlds, day);
    ExitCode::from(u8::from(missed))
}

fn verdict(reached: bool, missed: &mut bool) -> &'static str {
    *missed |= !reached;
    if reached { "reached" } else { "MISSED" }
}

fn shortest(mut work: impl FnMut()) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let began = Instant::now();
        work();
        began.elapsed()
    });
    rounds.min().unwrap()
}

fn judge_all(profile: &Profile, facts: &[Facts], day: BusinessDate) {
    for one in facts {
        black_box(judge(&profile.schedule, black_box(one), day));
    }
}

/// Every class and form, with every start on a day of its own, and some of it open or unknown.
fn facts(profile: &Profile) -> Vec<Facts> {
    let mut all = Vec::new();
    for year in 1986..2026 {
        for variant in 0..5_usize {
            for class in profile.classes.keys() {
                for rendition in Rendition::ALL {
                    let numbered = Start::ALL.into_iter().enumerate();
                    let starts = numbered.fold(Starts::unknown(), |starts, (n, start)| {
                        let on =
                            format!("{year}-{:02}-{:02}", n % 12 + 1, (n * 7 + variant) % 28 + 1);
                        let moment = match (variant, n % 3) {
                            (1, 0) => Moment::NotYet,
                            (2, 0) => Moment::Unknown,
                            _ => Moment::On(on.parse().unwrap()),
                        };
                        starts.with(start, moment)
                    });
                    // Most documents have no hold, some one that is released, few one that stands.
                    let hold = |released| Hold {
                        matter: "(2020)沪01民初1号".to_owned(),
                        authority: "上海市第一中级人民法院".to_owned(),
                        placed: "2020-01-06".parse().unwrap(),
                        released,
                    };
                    let holds = match variant {
                        3 => vec![hold("2024-05-06".parse().ok())],
                        4 if year % 5 == 0 => vec![hold(None)],
                        _ => Vec::new(),
                    };
                    all.push(Facts {
                        class: class.clone(),
                        rendition,
                        starts,
                        holds,
                    });
                }
            }
        }
    }
    all
}

/// What the verdicts are, so that nobody has to believe that the facts are mixed.
fn mixture(worlds: &[(&Profile, Vec<Facts>)], day: BusinessDate) {
    let mut counts = [0_usize; 7];
    for (profile, facts) in worlds {
        for one in facts {
            let place = match judge(&profile.schedule, one, day) {
                Verdict::Held { .. } => 0,
                Verdict::Free(Outcome::Permanent { .. }) => 1,
                Verdict::Free(Outcome::LongTerm { .. }) => 2,
                Verdict::Free(Outcome::NotStarted { .. }) => 3,
                Verdict::Free(Outcome::Running { .. }) => 4,
                Verdict::Free(Outcome::MayEnd { .. }) => 5,
                Verdict::Free(Outcome::NoLine) => 6,
            };
            if let Some(count) = counts.get_mut(place) {
                *count += 1;
            }
        }
    }
    let [
        held,
        permanent,
        long_term,
        not_started,
        running,
        may_end,
        no_line,
    ] = counts;
    println!(
        "of them held {held}, permanent {permanent}, long-term {long_term}, not started \
         {not_started}, running {running}, may end {may_end}, without a line {no_line}"
    );
}
