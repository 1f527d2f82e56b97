//! Draws a set of vouchers to adjust or to measure recognition (OCR) with.
//!
//! ```text
//! cargo run --release -p testkit --example draw-ocr-set -- OUT --set test --count 240
//! ```
//!
//! Writes `vouchers/NNN.EXT`, `truth/NNN.json` and the firm's register `known.toml` below OUT. The set `tune` is for adjusting, the
//! set `test` for measuring what was adjusted: they share no seed, no name, no branch and no
//! face but that of a glyph which others lack, and the arrangement in boxes is in `test` alone.
//! Equal set and count, equal bytes, on the same machine with the same versions of the fonts.
//!
//! Every property is dealt like cards: the shares are exact, who gets what is left to chance.
//! With `--branch` all are of one day of that branch, numbered one after another as a counter system
//! does, and `flows.csv` has the flows that they belong to.
//!
//! The fonts come by `tests/ocr-set`: Debian's below /usr/share/fonts, hands below `--fonts`.
#![expect(
    clippy::disallowed_methods,
    reason = "it writes samples by hand, nothing that an archive holds"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use testkit::seed::Rng;
use testkit::voucher::{
    Codes, DateStyle, Details, Drawn, Entries, EntryInk, Fields, FontPaths, Fonts, Format, Kind,
    Layout, Rotation, Scan, SealInk, Stock, Style, Truth, Voucher, draw_page_styled, draw_styled,
    register_toml,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The day of a set that is one branch's.
const DAY: (u16, u8, u8) = (2026, 11, 20);
const DAY_TEXT: &str = "2026-11-20";

const USAGE: &str = "usage: draw-ocr-set OUT --set tune|test --count N [--drawing N] [--fonts DIR] \
                     [--branch NUMBER]";

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words = arguments.iter().map(String::as_str);
    let (mut out, mut set, mut count, mut fonts) = (None, None, None, "target/fonts");
    let (mut drawing, mut branch) = ("0", None);
    while let Some(word) = words.next() {
        match word {
            "--set" => set = words.next(),
            "--count" => count = words.next(),
            "--drawing" => drawing = words.next().ok_or(USAGE)?,
            "--fonts" => fonts = words.next().ok_or(USAGE)?,
            "--branch" => branch = words.next(),
            folder if !folder.starts_with('-') && out.is_none() => out = Some(folder),
            _ => return Err(USAGE.into()),
        }
    }
    let out = Path::new(out.ok_or(USAGE)?);
    let mut set = match set {
        Some("tune") => Set::tune(Path::new(fonts)),
        Some("test") => Set::test(Path::new(fonts)),
        _ => return Err(USAGE.into()),
    };
    // Another drawing of the same set has other vouchers: once one was looked at closely, the
    // next one measures.
    set.seed ^= drawing.parse::<u64>()?.rotate_right(8);
    let count: usize = count.ok_or(USAGE)?.parse()?;
    fs::create_dir_all(out.join("vouchers"))?;
    fs::create_dir_all(out.join("truth"))?;
    fs::write(out.join("known.toml"), register_toml(set.stock))?;
    let mut flows = BTreeMap::new();
    // Faces are large: the vouchers in the same ones are drawn together.
    let mut by_faces: BTreeMap<(usize, usize), Vec<(usize, Card)>> = BTreeMap::new();
    for (number, card) in (1..).zip(deal_cards(&set, count)) {
        by_faces
            .entry((card.form, card.hand))
            .or_default()
            .push((number, card));
    }
    for ((form, hand), cards) in by_faces {
        let form = set.forms.get(form).ok_or("no such form")?;
        let hand = set.hands.get(hand).ok_or("no such hand")?;
        let fonts = Fonts::load(&FontPaths {
            hand: hand.face.clone(),
            figures: hand.figures.clone(),
            letters: hand.letters.clone(),
            ..form.paths.clone()
        })?;
        for (number, card) in cards {
            let (drawn, end) = draw_card(&set, (number, &card), branch, form, hand, &fonts)?;
            flows.extend(flow_of(&card, &drawn.truth.fields).map(|line| (number, line)));
            keep(out, number, end, drawn)?;
        }
    }
    if branch.is_some() {
        let lines: Vec<String> = flows.into_values().collect();
        let heading = "flow,branch,date,client,account,business,operator,channel,status\n";
        fs::write(
            out.join("flows.csv"),
            format!("{heading}{}", lines.concat()),
        )?;
    }
    Ok(())
}

/// The flow of a sheet, as the counter system tells of it. Of remarks it knows none.
fn flow_of(card: &Card, printed: &Fields) -> Option<String> {
    let business = match card.kind {
        Kind::Opening | Kind::InstitutionOpening | Kind::Agreement => "account-opening",
        Kind::InformationChange => "information-change",
        Kind::AgencySecurities => "agency-business",
        Kind::Custody => "custody-business",
        Kind::FundTransfer => "account-closing",
        Kind::Remarks | Kind::Blank => return None,
    };
    let (flow, client) = (printed.flow_no.as_ref()?, printed.client_no.as_ref()?);
    let (branch, _) = printed.branch.as_ref()?.split_once(' ')?;
    Some(format!(
        "{flow},{branch},{DAY_TEXT},{client},,{business},clerk,,\n"
    ))
}

fn keep(out: &Path, number: usize, end: &str, drawn: Drawn) -> Outcome<()> {
    let file = format!("vouchers/{number:03}.{end}");
    fs::write(out.join(&file), drawn.bytes)?;
    let truth = Truth {
        file,
        ..drawn.truth
    };
    fs::write(
        out.join(format!("truth/{number:03}.json")),
        truth.to_json()?,
    )?;
    Ok(())
}

/// The faces of a form, and what the truth calls them.
struct Form {
    name: &'static str,
    printer: &'static str,
    paths: FontPaths,
}

/// The face of a hand, with other figures and letters than its own at times.
struct HandFace {
    name: &'static str,
    face: (PathBuf, u32),
    figures: Option<(PathBuf, u32)>,
    letters: Option<(PathBuf, u32)>,
}

struct Set {
    stock: Stock,
    seed: u64,
    layouts: &'static [(Layout, u32)],
    forms: Vec<Form>,
    hands: Vec<HandFace>,
}

const NOTO: &str = "opentype/noto/";
const ZENHEI: &str = "truetype/wqy/wqy-zenhei.ttc";
const MICROHEI: &str = "truetype/wqy/wqy-microhei.ttc";
const UMING: &str = "truetype/arphic/uming.ttc";
const SONG_GB: &str = "truetype/arphic-gbsn00lp/gbsn00lp.ttf";
const KAI_GB: &str = "truetype/arphic-gkai00mp/gkai00mp.ttf";
const WENKAI: &str = "truetype/lxgw-wenkai/LXGWWenKai-";

fn debian(path: &str, face: u32) -> (PathBuf, u32) {
    (Path::new("/usr/share/fonts").join(path), face)
}

fn form(
    name: &'static str,
    printer: &'static str,
    [title, body, label, print]: [(PathBuf, u32); 4],
) -> Form {
    Form {
        name,
        printer,
        paths: FontPaths {
            title,
            body,
            label,
            printer: print,
            fallback: Some(debian(&format!("{NOTO}NotoSerifCJK-Regular.ttc"), 2)),
            ..FontPaths::default()
        },
    }
}

impl Set {
    fn tune(hands: &Path) -> Self {
        let noto = |name: &str| debian(&format!("{NOTO}Noto{name}.ttc"), 2);
        Self {
            stock: Stock::Tune,
            seed: 0x7E5E_ED01,
            layouts: &[(Layout::Table, 60), (Layout::Lines, 40)],
            forms: vec![
                form(
                    "noto-serif",
                    "wqy-microhei",
                    [
                        noto("SerifCJK-Bold"),
                        noto("SerifCJK-Regular"),
                        noto("SansCJK-Regular"),
                        debian(MICROHEI, 0),
                    ],
                ),
                form(
                    "noto-sans",
                    "noto-serif",
                    [
                        noto("SansCJK-Bold"),
                        debian(MICROHEI, 0),
                        noto("SansCJK-Regular"),
                        noto("SerifCJK-Regular"),
                    ],
                ),
            ],
            hands: vec![
                HandFace {
                    name: "ukai",
                    face: debian("truetype/arphic/ukai.ttc", 0),
                    figures: None,
                    letters: None,
                },
                HandFace {
                    name: "long-cang",
                    face: (hands.join("long-cang.ttf"), 0),
                    figures: None,
                    letters: None,
                },
            ],
        }
    }

    fn test(hands: &Path) -> Self {
        Self {
            stock: Stock::Test,
            seed: 0x7E57_0000_5E7B,
            layouts: &[
                (Layout::Table, 34),
                (Layout::Lines, 33),
                (Layout::Boxes, 33),
            ],
            forms: vec![
                form(
                    "uming",
                    "gbsn00lp",
                    [
                        debian(ZENHEI, 0),
                        debian(UMING, 0),
                        debian(ZENHEI, 0),
                        debian(SONG_GB, 0),
                    ],
                ),
                form(
                    "lxgw-wenkai",
                    "wqy-zenhei",
                    [
                        debian(&format!("{WENKAI}Bold.ttf"), 0),
                        debian(&format!("{WENKAI}Regular.ttf"), 0),
                        debian(UMING, 0),
                        debian(ZENHEI, 0),
                    ],
                ),
                form(
                    "gkai00mp",
                    "uming",
                    [
                        debian(ZENHEI, 0),
                        debian(KAI_GB, 0),
                        debian(SONG_GB, 0),
                        debian(UMING, 0),
                    ],
                ),
            ],
            hands: vec![
                // Its F is a J to most readers: nobody could tell the letters of a code.
                HandFace {
                    name: "ma-shan-zheng",
                    face: (hands.join("ma-shan-zheng.ttf"), 0),
                    figures: None,
                    letters: Some(debian(&format!("{WENKAI}Regular.ttf"), 0)),
                },
                // Its own figures are those of the former. Of liu-jian-mao-cao nothing but the
                // figures is taken: few people read its characters, and its X is a Y.
                HandFace {
                    name: "zhi-mang-xing+liu-jian-mao-cao",
                    face: (hands.join("zhi-mang-xing.ttf"), 0),
                    figures: Some((hands.join("liu-jian-mao-cao.ttf"), 0)),
                    letters: Some(debian(&format!("{WENKAI}Light.ttf"), 0)),
                },
                HandFace {
                    name: "lxgw-wenkai-light",
                    face: debian(&format!("{WENKAI}Light.ttf"), 0),
                    figures: None,
                    letters: None,
                },
            ],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    Colour,
    Grey,
    Bilevel,
}

/// Everything that is dealt to one voucher.
struct Card {
    kind: Kind,
    layout: Layout,
    form: usize,
    entries: Entries,
    hand: usize,
    ink: EntryInk,
    seal: SealInk,
    depth: Depth,
    dpi: u16,
    rotation: Rotation,
    shadow: bool,
    bleed: bool,
    codes: Codes,
}

/// Every value of one with every value of the other, so that each pair gets its share too.
fn crossed<A: Copy, B: Copy>(some: &[(A, u32)], others: &[(B, u32)]) -> Vec<((A, B), u32)> {
    some.iter()
        .flat_map(|(a, x)| others.iter().map(move |(b, y)| ((*a, *b), x * y)))
        .collect()
}

/// As many of each as its share says, in an order left to chance.
fn deal<T: Copy>(count: usize, shares: &[(T, u32)], rng: &mut Rng) -> Vec<T> {
    let all: u64 = shares.iter().map(|(_, share)| u64::from(*share)).sum();
    // Card n takes the value that lies (n + ½) / count of the way along the shares.
    let mut cards: Vec<T> = (0..count as u64)
        .filter_map(|n| {
            let mut left = (2 * n + 1) * all / (2 * count as u64);
            shares.iter().find_map(|(value, share)| {
                let share = u64::from(*share);
                let here = left < share;
                left = left.saturating_sub(share);
                here.then_some(*value)
            })
        })
        .collect();
    for last in (1..cards.len()).rev() {
        let other = rng.below(u32::try_from(last + 1).unwrap_or(1)) as usize;
        cards.swap(last, other);
    }
    cards
}

fn deal_cards(set: &Set, count: usize) -> Vec<Card> {
    let mut rng = Rng::new(set.seed);
    let rng = &mut rng;
    let evenly = |among: usize| (0..among).map(|at| (at, 1)).collect::<Vec<_>>();
    let of_kind = [
        (Kind::Opening, 2),
        (Kind::InformationChange, 2),
        (Kind::AgencySecurities, 2),
        (Kind::Custody, 2),
        (Kind::FundTransfer, 3),
        (Kind::InstitutionOpening, 3),
        (Kind::Remarks, 1),
        (Kind::Agreement, 1),
    ];
    let of_depth = [(Depth::Colour, 2), (Depth::Grey, 1), (Depth::Bilevel, 1)];
    let papers = deal(count, &crossed(&of_kind, &of_depth), rng);
    let of_entries = [(Entries::Printed, 2), (Entries::Written, 3)];
    let fills = deal(count, &crossed(set.layouts, &of_entries), rng);
    let forms = deal(count, &evenly(set.forms.len()), rng);
    let by_hand = |fill: &&(Layout, Entries)| fill.1 == Entries::Written;
    let written = fills.iter().filter(by_hand).count();
    let mut hands = deal(written, &evenly(set.hands.len()), rng).into_iter();
    let mut inks = deal(written, &[(EntryInk::Black, 1), (EntryInk::Blue, 1)], rng).into_iter();
    let seals = deal(
        count,
        &[
            (SealInk::None, 15),
            (SealInk::Red, 60),
            (SealInk::Black, 25),
        ],
        rng,
    );
    let dpis = deal(count, &[(150, 20), (200, 35), (240, 20), (300, 25)], rng);
    let rotations = deal(
        count,
        &[
            (Rotation::None, 94),
            (Rotation::Quarter, 2),
            (Rotation::Half, 2),
            (Rotation::ThreeQuarters, 2),
        ],
        rng,
    );
    let shadows = deal(count, &[(true, 15), (false, 85)], rng);
    // Two colours have no room for what shines through faintly: a fifth of the others.
    let toned = papers.iter().filter(|p| p.1 != Depth::Bilevel).count();
    let mut bleeds = deal(toned, &[(true, 20), (false, 80)], rng).into_iter();
    let codes = deal(
        count,
        &[
            (Codes::None, 88),
            (Codes::Code128, 4),
            (Codes::Qr, 4),
            (Codes::Both, 4),
        ],
        rng,
    );
    let mut cards = Vec::new();
    let looks = fills.into_iter().zip(forms).zip(seals);
    let scans = dpis.into_iter().zip(rotations).zip(shadows).zip(codes);
    for (((kind, depth), look), scan) in papers.into_iter().zip(looks).zip(scans) {
        let (((layout, entries), form), seal) = look;
        let (((dpi, rotation), shadow), codes) = scan;
        let by_hand = entries == Entries::Written;
        cards.push(Card {
            kind,
            layout,
            form,
            entries,
            hand: by_hand.then(|| hands.next()).flatten().unwrap_or(0),
            ink: by_hand.then(|| inks.next()).flatten().unwrap_or_default(),
            seal,
            depth,
            dpi,
            rotation,
            shadow,
            bleed: depth != Depth::Bilevel && bleeds.next().unwrap_or(false),
            codes,
        });
    }
    cards
}

/// Draws one voucher; the second is how its file's name ends.
fn draw_card(
    set: &Set,
    (number, card): (usize, &Card),
    branch: Option<&str>,
    form: &Form,
    hand: &HandFace,
    fonts: &Fonts,
) -> Outcome<(Drawn, &'static str)> {
    let seed = set.seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
    let mut rng = Rng::new(seed);
    let mut details = Details::from_stock(seed, set.stock);
    if card.kind == Kind::FundTransfer && rng.below(2) == 0 {
        details.date_style = DateStyle::Capitals;
    }
    if let Some(branch) = branch {
        branch.clone_into(&mut details.branch_no);
        details.date = DAY;
        let (year, month, day) = DAY;
        details.flow_no = format!("LS{year}{month:02}{day:02}{number:06}");
    }
    let agreement = card.kind == Kind::Agreement;
    let voucher = Voucher {
        kind: card.kind,
        details,
        codes: if card.kind == Kind::Remarks {
            Codes::None
        } else {
            card.codes
        },
        coded_flow: None,
        pages: if agreement { 2 } else { 1 },
        seed,
    };
    let quality = 45 + u8::try_from(rng.below(41))?;
    let (format, end) = match card.depth {
        Depth::Colour if agreement => (Format::ColourPdf(quality), "pdf"),
        Depth::Colour => (Format::ColourJpeg(quality), "jpg"),
        Depth::Grey => (Format::GreyJpeg(quality), "jpg"),
        Depth::Bilevel => (Format::BilevelTiff, "tif"),
    };
    let scan = Scan {
        dpi: card.dpi,
        skew_degrees: (rng.between(-2.0, 2.0) * 10.0).round() / 10.0,
        rotation: card.rotation,
        format,
    };
    // In grey there is no file of several pages: the first, which has no seal.
    let first_alone = agreement && card.depth == Depth::Grey;
    let style = Style {
        layout: card.layout,
        entries: card.entries,
        ink: card.ink,
        seal: if first_alone {
            SealInk::None
        } else {
            card.seal
        },
        shadow: card.shadow,
        bleed_percent: if card.bleed {
            8 + u8::try_from(rng.below(11))?
        } else {
            0
        },
        fonts: form.name.to_owned(),
        hand: match card.entries {
            Entries::Printed => form.printer,
            Entries::Written => hand.name,
        }
        .to_owned(),
    };
    let drawn = if first_alone {
        draw_page_styled(&voucher, 1, &style, &scan, fonts)?
    } else {
        draw_styled(&voucher, &style, &scan, fonts)?
    };
    Ok((drawn, end))
}
