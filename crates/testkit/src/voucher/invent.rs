//! Invents clients, numbers and days that belong to nobody.

use super::seed::Rng;
use super::truth::Fields;

/// Client, numbers and day of one voucher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// 客户号.
    pub client_no: String,
    /// 客户姓名.
    pub client_name: String,
    /// 证件号码, with a region that does not exist and a right check digit.
    pub id_number: String,
    /// 业务流水号.
    pub flow_no: String,
    /// Year, month and day of the business: a working day of November 2026 before the 21st.
    pub date: (u16, u8, u8),
    /// 营业部: its number.
    pub branch_no: String,
    /// 营业部: its name.
    pub branch_name: String,
    /// 联系电话, with a prefix that is not given out.
    pub phone: String,
    /// 地址.
    pub address: String,
    /// 经办人.
    pub clerk: String,
    /// 复核人.
    pub reviewer: String,
}

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗",
];
const GIVEN: &[&str] = &[
    "晓明", "建国", "丽华", "志强", "雨桐", "思远", "文静", "海燕", "立新", "佳宁", "子涵", "秀英",
    "国栋", "嘉怡", "永康", "春梅", "明", "芳", "磊", "静",
];
const BRANCHES: &[(&str, &str)] = &[
    ("0012", "上海示范路营业部"),
    ("0027", "杭州样例大道营业部"),
    ("0035", "成都模板街营业部"),
    ("0108", "沈阳范本中路营业部"),
];
const STREETS: &[&str] = &["桂花路", "文明大街", "青松巷", "向阳中路", "银杏街"];
const CITIES: &[&str] = &[
    "上海市示范区",
    "杭州市样例区",
    "成都市模板区",
    "沈阳市范本区",
];

impl Details {
    /// All that the seed decides.
    #[must_use]
    pub fn invent(seed: u64) -> Self {
        let mut rng = Rng::new(seed ^ 0x00D1_CE00);
        let person = |rng: &mut Rng| format!("{}{}", rng.pick(SURNAMES), rng.pick(GIVEN));
        let client_name = person(&mut rng);
        let (week, weekday) = (rng.below(3), rng.below(5));
        let day = u8::try_from(2 + 7 * week + weekday).unwrap_or(2);
        let date = (2026, 11, day);
        let at = rng.below(4) as usize;
        let (branch_no, branch_name) = BRANCHES.get(at).copied().unwrap_or_default();
        let born = (1955 + rng.below(48), 1 + rng.below(12), 1 + rng.below(28));
        Self {
            client_no: format!("88{:08}", 10_000 + rng.below(89_990_000)),
            client_name,
            id_number: id_number(990_100 + rng.below(99), born, rng.below(1000)),
            flow_no: format!("LS202611{day:02}{:06}", 1 + rng.below(999_998)),
            date,
            branch_no: branch_no.to_owned(),
            branch_name: branch_name.to_owned(),
            phone: format!("128{:08}", rng.below(100_000_000)),
            address: format!(
                "{}{}{}号{}幢{}室",
                CITIES.get(at).copied().unwrap_or_default(),
                rng.pick(STREETS),
                1 + rng.below(300),
                1 + rng.below(20),
                101 + 100 * rng.below(18) + rng.below(4)
            ),
            clerk: person(&mut rng),
            reviewer: person(&mut rng),
        }
    }

    /// 日期 as forms print it: `2026年11月20日`.
    #[must_use]
    pub fn printed_date(&self) -> String {
        let (year, month, day) = self.date;
        format!("{year}年{month:02}月{day:02}日")
    }

    /// 营业部 as forms print it: `0012 上海示范路营业部`.
    #[must_use]
    pub fn printed_branch(&self) -> String {
        format!("{} {}", self.branch_no, self.branch_name)
    }

    pub(super) fn fields(&self) -> Fields {
        let (year, month, day) = self.date;
        Fields {
            client_no: Some(self.client_no.clone()),
            client_name: Some(self.client_name.clone()),
            id_number: Some(self.id_number.clone()),
            flow_no: Some(self.flow_no.clone()),
            date: Some(format!("{year}-{month:02}-{day:02}")),
            branch: Some(self.printed_branch()),
        }
    }
}

/// An identity number by GB 11643: region, birthday, sequence, check character.
fn id_number(region: u32, born: (u32, u32, u32), sequence: u32) -> String {
    let (year, month, day) = born;
    let body = format!("{region:06}{year:04}{month:02}{day:02}{sequence:03}");
    let check = check_character(&body);
    format!("{body}{check}")
}

/// The check character of GB 11643-1999 (ISO 7064 MOD 11-2) for seventeen digits.
fn check_character(body: &str) -> char {
    // Weight of the first digit is 2^17 mod 11; Horner's scheme gives the same sum.
    let sum = body
        .chars()
        .filter_map(|c| c.to_digit(10))
        .fold(0, |sum, digit| ((sum + digit) * 2) % 11);
    match (12 - sum) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard itself.
    #[test]
    fn the_check_character_is_that_of_gb_11643() {
        assert_eq!(check_character("11010519491231002"), 'X');
        assert_eq!(check_character("44052418800101001"), '4');
    }

    #[test]
    fn a_seed_decides_the_details() {
        for seed in 0..200 {
            let details = Details::invent(seed);
            assert_eq!(details, Details::invent(seed));
            assert_eq!(details.client_no.len(), 10, "{details:?}");
            assert_eq!(details.id_number.len(), 18, "{details:?}");
            assert_eq!(details.flow_no.len(), 16, "{details:?}");
            assert!(details.id_number.starts_with("9901"), "{details:?}");
            assert!(details.fields().date.is_some());
        }
        assert_ne!(Details::invent(1), Details::invent(2));
    }
}
