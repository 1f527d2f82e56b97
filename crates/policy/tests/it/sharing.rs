//! What is kept and serves another business (R24, R123).

use domain::BusinessDate;
use policy::refusal::RefusalCode;
use policy::sharing::{Kept, Validity, Wanted, may_share};

use crate::profiles::profile;

const TODAY: &str = "2026-11-20";
const NAME: &str = "居民身份证复印件";

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn until(text: &str) -> Validity {
    Validity::Until(day(text))
}

use RefusalCode::{OtherContent, WrongDay};

/// Requirement; business; client, class and name of what is kept; until when it is valid;
/// whether it is unchanged; what refuses it.
type Row = (
    &'static str,
    &'static str,
    (&'static str, &'static str, &'static str),
    fn() -> Validity,
    Option<bool>,
    Option<RefusalCode>,
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("R123", "fund-business", ("8800012345", "id-copy", NAME), || until("2030-01-01"), Some(true), None),
    ("R123", "fund-business", ("8800012345", "id-copy", NAME), || Validity::ForGood, Some(true), None),
    // Its last day counts, and the next one does not.
    ("R123", "fund-business", ("8800012345", "id-copy", NAME), || until("2026-11-20"), Some(true), None),
    ("R123", "fund-business", ("8800012345", "id-copy", NAME), || until("2026-11-19"), Some(true), Some(WrongDay)),
    // What nobody knows is no reason to spare the client a new copy.
    ("R123", "fund-business", ("8800012345", "id-copy", NAME), || Validity::Unknown, Some(true), Some(WrongDay)),
    ("R123", "fund-business", ("8800012345", "id-copy", NAME), || Validity::ForGood, Some(false), Some(OtherContent)),
    ("R123", "fund-business", ("8800012345", "id-copy", NAME), || Validity::ForGood, None, Some(OtherContent)),
    // Never across clients, nor another document.
    ("R24", "fund-business", ("8800054321", "id-copy", NAME), || Validity::ForGood, Some(true), Some(OtherContent)),
    ("R24", "fund-business", ("8800012345", "client-contract", NAME), || Validity::ForGood, Some(true), Some(OtherContent)),
    ("R24", "fund-business", ("8800012345", "id-copy", "护照复印件"), || Validity::ForGood, Some(true), Some(OtherContent)),
];

#[test]
fn what_is_kept_serves_again_as_the_table_says() {
    let profile = profile("securities");
    let (client, class) = ("8800012345".parse().unwrap(), "id-copy".parse().unwrap());
    let wanted = Wanted {
        client: &client,
        class: &class,
        name: NAME,
    };
    for (n, (rule, business, (client, class, name), validity, unchanged, refused)) in
        ROWS.iter().enumerate()
    {
        let mut templates = profile.templates.iter();
        let template = templates.find(|one| one.business == *business).unwrap();
        let kept = Kept {
            client: client.parse().unwrap(),
            class: class.parse().unwrap(),
            name: (*name).to_owned(),
            validity: validity(),
            unchanged: *unchanged,
        };
        let found = may_share(&profile, template, wanted, &kept, day(TODAY));
        let code = found.as_ref().err().map(|refusal| refusal.code);
        assert_eq!(code, *refused, "{n}: {found:?}");
        if let Err(refusal) = found {
            assert!(refusal.to_string().contains(rule), "{n}: {refusal}");
        }
    }
    // A business shares only what its template says.
    let mut other = profile.templates[0].clone();
    other.shared.clear();
    let kept = Kept {
        client: client.clone(),
        class: class.clone(),
        name: NAME.to_owned(),
        validity: Validity::ForGood,
        unchanged: Some(true),
    };
    let found = may_share(&profile, &other, wanted, &kept, day(TODAY));
    assert_eq!(found.unwrap_err().code, OtherContent);
    // Basic information that is not sensitive is no identity document: nobody compares it.
    let class = "client-contract".parse().unwrap();
    other.shared.push("client-contract".parse().unwrap());
    let wanted = Wanted {
        class: &class,
        ..wanted
    };
    let kept = Kept {
        class: class.clone(),
        unchanged: None,
        ..kept
    };
    assert_eq!(
        may_share(&profile, &other, wanted, &kept, day(TODAY)),
        Ok(())
    );
}
