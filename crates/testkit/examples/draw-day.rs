//! Draws what two branches scan on the day of `fixtures/day/flows.csv`.
//!
//! ```text
//! cargo run -p testkit --example draw-day -- fixtures/day
//! ```
//!
//! It writes `branches.csv`, `clients.csv` and `vouchers/BRANCH/` into the folder. Most sheets are for a flow of the day; some are
//! missing, one is for nobody's flow, one was scanned twice, one belongs to the other branch. The
//! fonts are those of `draw-fixtures`.
#![expect(
    clippy::disallowed_methods,
    reason = "it writes samples by hand, nothing that an archive holds"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use testkit::voucher::{
    Codes, Details, FontPaths, Fonts, Format, Kind, Rotation, Scan, Voucher, draw,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A flow of the day, as far as it stands on paper.
struct Flow {
    branch: String,
    client: String,
    business: String,
}

/// What lies in a branch's scanner: the flow by its last three digits, and what is wrong.
#[rustfmt::skip]
const SHEETS: &[(&str, &[(u32, Wrong)])] = &[
    ("0012", &[
        (1, Wrong::Nothing), (1, Wrong::Agreement), (2, Wrong::NoCode), (3, Wrong::Nothing),
        (5, Wrong::Nothing), (9, Wrong::OtherClient), (11, Wrong::NoCode), (12, Wrong::Nothing),
        (13, Wrong::Nothing), (17, Wrong::Nothing), (19, Wrong::Nothing), (19, Wrong::Again),
        (20, Wrong::NoCode), (21, Wrong::Nothing), (6, Wrong::Nothing), (99, Wrong::Nothing),
        (0, Wrong::Remarks), (0, Wrong::Blank), (3, Wrong::Copied),
    ]),
    ("0035", &[
        (6, Wrong::Nothing), (7, Wrong::Nothing), (8, Wrong::NoCode), (14, Wrong::Nothing),
        (15, Wrong::Nothing), (24, Wrong::NoCode), (30, Wrong::Nothing), (31, Wrong::Nothing),
        (38, Wrong::Cut), (39, Wrong::Nothing),
    ]),
];

/// What is wrong with a sheet, or unusual.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// No bar code: the numbers stand in the text alone.
    NoCode,
    /// The agreement of the flow, not its form.
    Agreement,
    /// Another client's number stands on it.
    OtherClient,
    /// The same sheet on the glass a second time.
    Again,
    /// The same file under another name.
    Copied,
    /// A form without any number.
    Remarks,
    Blank,
    /// The file ends half-way.
    Cut,
}

fn main() -> Outcome<()> {
    let folder = std::env::args().nth(1).ok_or("usage: draw-day DIR")?;
    let folder = Path::new(&folder);
    let fonts = Fonts::load(&FontPaths::default())?;
    let flows = flows(&fs::read_to_string(folder.join("flows.csv"))?)?;
    tables(folder, &flows)?;
    for (branch, sheets) in SHEETS {
        let into = folder.join("vouchers").join(branch);
        fs::create_dir_all(&into)?;
        let mut drawn = BTreeMap::new();
        for (place, (number, wrong)) in (1u64..).zip(*sheets) {
            let bytes = match (wrong, drawn.get(number)) {
                (Wrong::Copied, Some(bytes)) => Vec::clone(bytes),
                _ => sheet(&flows, (branch, *number, *wrong), place, &fonts)?,
            };
            fs::write(into.join(format!("scan-{place:03}.tif")), &bytes)?;
            drawn.entry(*number).or_insert(bytes);
        }
    }
    Ok(())
}

/// The two branches.
const BRANCHES: [(&str, &str); 2] = [("0012", "上海示范路营业部"), ("0035", "成都模板街营业部")];

fn branch_name(branch: &str) -> &'static str {
    let found = BRANCHES.iter().find(|(number, _)| *number == branch);
    found.map_or("", |(_, name)| *name)
}

/// What is known of a client: it follows from the number.
fn client(number: &str) -> Outcome<Details> {
    Ok(Details {
        client_no: number.to_owned(),
        ..Details::invent(number.parse()?)
    })
}

/// The account system's tables.
fn tables(folder: &Path, flows: &BTreeMap<u32, Flow>) -> Outcome<()> {
    let open: Vec<String> = BRANCHES
        .iter()
        .map(|(number, name)| format!("{number},{name},2010-05-04,,\n"))
        .collect();
    let branches = format!(
        "branch,name,opened,closed,successor\n{}0008,上海样张路营业部,2006-03-01,2019-07-01,0012\n",
        open.concat()
    );
    fs::write(folder.join("branches.csv"), branches)?;
    let heading = "client,branch,kind,name,nationality,id_kind,id_number,id_valid_to,address,phone,\
                   occupation,education,assets,risk\n";
    let mut clients = BTreeMap::new();
    for flow in flows.values() {
        let Details {
            client_name,
            id_number,
            address,
            phone,
            ..
        } = client(&flow.client)?;
        let line = format!(
            "{},{},person,{client_name},中国,身份证,{id_number},2036-05-01,{address},{phone},\
             职员,本科,50万以下,稳健型\n",
            flow.client, flow.branch
        );
        clients.entry(flow.client.clone()).or_insert(line);
    }
    let lines: Vec<String> = clients.into_values().collect();
    fs::write(
        folder.join("clients.csv"),
        format!("{heading}{}", lines.concat()),
    )?;
    Ok(())
}

fn flows(csv: &str) -> Outcome<BTreeMap<u32, Flow>> {
    let mut flows = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let [flow, branch, _date, client, _account, business, ..] =
            line.split(',').collect::<Vec<_>>()[..]
        else {
            return Err(format!("not a flow: {line}").into());
        };
        let number = flow.get(flow.len().saturating_sub(3)..).unwrap_or_default();
        let flow = Flow {
            branch: branch.to_owned(),
            client: client.to_owned(),
            business: business.to_owned(),
        };
        flows.insert(number.parse()?, flow);
    }
    Ok(flows)
}

fn sheet(
    flows: &BTreeMap<u32, Flow>,
    (branch, number, wrong): (&str, u32, Wrong),
    place: u64,
    fonts: &Fonts,
) -> Outcome<Vec<u8>> {
    let flow = flows.get(&number);
    let kind = match (wrong, flow.map(|flow| flow.business.as_str())) {
        (Wrong::Agreement, _) => Kind::Agreement,
        (Wrong::Remarks, _) => Kind::Remarks,
        (Wrong::Blank, _) => Kind::Blank,
        (_, Some("account-opening")) => Kind::Opening,
        (_, Some("information-change")) => Kind::InformationChange,
        (_, Some("agency-business") | None) => Kind::AgencySecurities,
        (_, Some("custody-business")) => Kind::Custody,
        (_, Some("account-closing")) => Kind::FundTransfer,
        (_, Some(other)) => return Err(format!("no form for {other}").into()),
    };
    // The second scan of a sheet shows the same sheet.
    let paper = 7_000 + u64::from(number) * 10;
    let mut voucher = Voucher::invented(kind, paper);
    voucher.pages = 1;
    if let Some(flow) = flow {
        voucher.details = client(&flow.client)?;
        branch_name(&flow.branch).clone_into(&mut voucher.details.branch_name);
    }
    voucher.details.flow_no = format!("LS20261120{number:06}");
    voucher.details.date = (2026, 11, 20);
    let at = flow.map_or(branch, |flow| flow.branch.as_str());
    at.clone_into(&mut voucher.details.branch_no);
    if wrong == Wrong::OtherClient {
        voucher.details.client_no = Details::invent(paper).client_no;
    }
    voucher.codes = match wrong {
        Wrong::NoCode | Wrong::Remarks | Wrong::Blank => Codes::None,
        Wrong::Nothing
        | Wrong::Agreement
        | Wrong::OtherClient
        | Wrong::Again
        | Wrong::Copied
        | Wrong::Cut => {
            if place.is_multiple_of(2) {
                Codes::Both
            } else {
                Codes::Code128
            }
        }
    };
    let tenth = i16::try_from(place * 7 % 23)? - 11;
    let scan = Scan {
        dpi: 200,
        skew_degrees: f32::from(tenth) / 10.0 + if wrong == Wrong::Again { 0.5 } else { 0.0 },
        rotation: Rotation::None,
        format: Format::BilevelTiff,
    };
    let mut bytes = draw(&voucher, &scan, fonts)?.bytes;
    if wrong == Wrong::Cut {
        bytes.truncate(bytes.len() / 2);
    }
    Ok(bytes)
}
