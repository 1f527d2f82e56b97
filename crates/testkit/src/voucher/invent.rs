//! Invents clients, numbers and days that belong to nobody.

use super::capitals::{amount_in_capitals, date_in_capitals};
use super::seed::Rng;
use super::truth::Fields;

/// Which names, branches and streets are drawn from. The stocks have no name in common, so that
/// what was learned from one says nothing about the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stock {
    /// For what recognition is adjusted with.
    Tune,
    /// For what it is measured with.
    Test,
}

impl Stock {
    const fn names(self) -> &'static Names {
        match self {
            Self::Tune => &TUNE,
            Self::Test => &TEST,
        }
    }

    /// Number and name of the branches that vouchers name.
    pub(super) const fn branches(self) -> &'static [(&'static str, &'static str)] {
        self.names().branches
    }

    pub(super) const fn cities(self) -> &'static [&'static str] {
        self.names().cities
    }
}

/// How a day is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateStyle {
    /// `2026年01月05日`.
    #[default]
    Padded,
    /// `2026年1月5日`.
    Bare,
    /// `2026-01-05`.
    Dashes,
    /// `贰零贰陆年零壹月零伍日`; on a voucher of money alone.
    Capitals,
}

/// How an amount in figures is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AmountStyle {
    /// `¥12,345.67`.
    #[default]
    Sign,
    /// `12345.67元`.
    Yuan,
    /// `人民币12,345.67`.
    Renminbi,
}

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
    /// How the day is printed.
    pub date_style: DateStyle,
    /// 资金账号: eight to twelve digits.
    pub fund_account: String,
    /// 金额 in fen (分), hundredths of a yuan.
    pub amount_fen: u64,
    /// How the amount is printed in figures.
    pub amount_style: AmountStyle,
    /// 股东账号: ten characters. Shanghai's are `A` and nine digits, Shenzhen's ten digits that
    /// begin with 0.
    pub securities_account: String,
    /// The same for an institution: Shanghai's begin with `B88`, Shenzhen's with `08`.
    pub institution_account: String,
    /// 名称 of an institution.
    pub company: String,
    /// 法定代表人 of the institution.
    pub legal_representative: String,
    /// 统一社会信用代码 of the institution, with a region that does not exist and right check
    /// characters.
    pub credit_code: String,
}

struct Names {
    surnames: &'static [&'static str],
    given: &'static [&'static str],
    branches: &'static [(&'static str, &'static str)],
    cities: &'static [&'static str],
    streets: &'static [&'static str],
    firms: &'static [&'static str],
    trades: &'static [&'static str],
}

const TUNE: Names = Names {
    surnames: &[
        "郑", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "萧", "田", "董", "潘",
        "袁", "蔡", "蒋", "余", "于", "欧阳", "覃",
    ],
    given: &[
        "浩然", "梓萱", "桂兰", "建军", "玉梅", "俊杰", "欣怡", "振华", "淑珍", "宇航", "雪", "凯",
        "鹏", "倩", "宏伟", "慧敏", "德胜", "美玲", "旭东", "燕",
    ],
    branches: &[
        ("0016", "南京范例路营业部"),
        ("0041", "武汉样张大街营业部"),
        ("0073", "西安示例南路营业部"),
        ("0152", "青岛模型路营业部"),
        ("0206", "长沙习字街营业部"),
    ],
    cities: &[
        "南京市范例区",
        "武汉市样张区",
        "西安市示例区",
        "青岛市模型区",
        "长沙市习字区",
    ],
    streets: &[
        "梅园路",
        "建设二路",
        "翠竹街",
        "解放支路",
        "荷塘巷",
        "学府路",
    ],
    firms: &["范例远帆", "样张禾田", "示例长河", "模型云杉"],
    trades: &["商贸", "机械制造", "信息技术", "物流"],
};

const TEST: Names = Names {
    surnames: &[
        "梁", "罗", "程", "魏", "吕", "丁", "沈", "任", "姚", "卢", "傅", "钟", "姜", "崔", "谭",
        "廖", "范", "汪", "陆", "金", "司徒", "缪", "鄢", "诸葛",
    ],
    given: &[
        "晨曦", "若琳", "国庆", "翠英", "一鸣", "诗涵", "培源", "凤霞", "鸿飞", "婉清", "刚", "洁",
        "毅", "薇", "景行", "素芬", "耀祖", "可馨", "嘉树", "岚",
    ],
    branches: &[
        ("0009", "广州临摹路营业部"),
        ("0038", "郑州课本大道营业部"),
        ("0065", "昆明插图东街营业部"),
        ("0117", "厦门草稿路营业部"),
        ("0188", "哈尔滨字帖街营业部"),
        ("0231", "苏州练习巷营业部"),
    ],
    cities: &[
        "广州市临摹区",
        "郑州市课本区",
        "昆明市插图区",
        "厦门市草稿区",
        "哈尔滨市字帖区",
        "苏州市练习区",
    ],
    streets: &[
        "紫荆路",
        "和平三路",
        "枫林街",
        "滨河北路",
        "莲花巷",
        "凤凰大道",
    ],
    firms: &["临摹星辰", "课本嘉禾", "插图瑞丰", "草稿海纳", "练习博远"],
    trades: &["贸易", "生物科技", "建筑工程", "文化传播", "新材料"],
};

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
        let mut more = Rng::new(seed ^ 0x000A_CC07);
        let region = 990_100 + more.below(99);
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
            date_style: DateStyle::Padded,
            fund_account: fund_account(&mut more),
            amount_fen: amount(&mut more),
            amount_style: match more.below(3) {
                0 => AmountStyle::Sign,
                1 => AmountStyle::Yuan,
                _ => AmountStyle::Renminbi,
            },
            securities_account: match more.below(2) {
                0 => format!("A99{:07}", more.below(10_000_000)),
                _ => format!("099{:07}", more.below(10_000_000)),
            },
            institution_account: match more.below(2) {
                0 => format!("B88{:07}", more.below(10_000_000)),
                _ => format!("0899{:06}", more.below(1_000_000)),
            },
            company: "样例青禾贸易有限公司".to_owned(),
            legal_representative: person(&mut more),
            credit_code: credit_code(region, &mut more),
        }
    }

    /// What the seed decides, with names of a stock, days of eleven years and every way to print
    /// them.
    #[must_use]
    pub fn from_stock(seed: u64, stock: Stock) -> Self {
        let names = stock.names();
        let mut rng = Rng::new(seed ^ 0x0057_0C4E);
        let person =
            |rng: &mut Rng| format!("{}{}", rng.pick(names.surnames), rng.pick(names.given));
        let count = u32::try_from(names.branches.len()).unwrap_or(0);
        let at = rng.below(count) as usize;
        let (branch_no, branch_name) = names.branches.get(at).copied().unwrap_or_default();
        let city = names.cities.get(at).copied().unwrap_or_default();
        let part = |rng: &mut Rng, first: u8, count: u32| {
            first + u8::try_from(rng.below(count)).unwrap_or(0)
        };
        let year = 2016 + u16::from(part(&mut rng, 0, 11));
        let (month, day) = (part(&mut rng, 1, 12), part(&mut rng, 1, 28));
        Self {
            client_name: person(&mut rng),
            flow_no: format!("LS{year}{month:02}{day:02}{:06}", 1 + rng.below(999_998)),
            date: (year, month, day),
            date_style: match rng.below(20) {
                0..13 => DateStyle::Padded,
                13..16 => DateStyle::Bare,
                _ => DateStyle::Dashes,
            },
            branch_no: branch_no.to_owned(),
            branch_name: branch_name.to_owned(),
            address: format!(
                "{city}{}{}号{}幢{}室",
                rng.pick(names.streets),
                1 + rng.below(300),
                1 + rng.below(20),
                101 + 100 * rng.below(18) + rng.below(4)
            ),
            clerk: person(&mut rng),
            reviewer: person(&mut rng),
            company: format!(
                "{}{}{}有限公司",
                rng.pick(names.firms),
                rng.pick(names.trades),
                rng.pick(&["", "", "股份"])
            ),
            legal_representative: person(&mut rng),
            ..Self::invent(seed)
        }
    }

    /// 日期 as forms print it: `2026年11月20日`.
    #[must_use]
    pub fn printed_date(&self) -> String {
        let (year, month, day) = self.date;
        match self.date_style {
            DateStyle::Padded => format!("{year}年{month:02}月{day:02}日"),
            DateStyle::Bare => format!("{year}年{month}月{day}日"),
            DateStyle::Dashes => format!("{year}-{month:02}-{day:02}"),
            DateStyle::Capitals => date_in_capitals(self.date),
        }
    }

    /// 金额 in figures as forms print it: `¥12,345.67`.
    #[must_use]
    pub fn printed_amount(&self) -> String {
        let (yuan, fen) = (self.amount_fen / 100, self.amount_fen % 100);
        match self.amount_style {
            AmountStyle::Sign => format!("¥{}.{fen:02}", in_thousands(yuan)),
            AmountStyle::Yuan => format!("{yuan}.{fen:02}元"),
            AmountStyle::Renminbi => format!("人民币{}.{fen:02}", in_thousands(yuan)),
        }
    }

    /// 金额 in figures and nothing else: `12345.67`.
    #[must_use]
    pub fn plain_amount(&self) -> String {
        format!("{}.{:02}", self.amount_fen / 100, self.amount_fen % 100)
    }

    /// 大写: the amount in capitals.
    #[must_use]
    pub fn amount_words(&self) -> String {
        amount_in_capitals(self.amount_fen)
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
            ..Fields::default()
        }
    }
}

/// Eight to twelve digits, the first not 0.
fn fund_account(rng: &mut Rng) -> String {
    let digits = 8 + rng.below(5);
    let first = 1 + rng.below(9);
    let rest = (1..digits).map(|_| rng.below(10).to_string());
    std::iter::once(first.to_string()).chain(rest).collect()
}

/// Between a hundred yuan and a hundred million, small ones as often as large ones; of ten, three
/// are whole yuan and one has no fen. Zeros are common, since the rules for capitals turn on them.
fn amount(rng: &mut Rng) -> u64 {
    let figures = 3 + rng.below(6);
    let yuan = (0..figures).fold(0, |sum, at| {
        let figure = match rng.below(4) {
            0 if at > 0 => 0,
            _ => 1 + rng.below(9),
        };
        sum * 10 + u64::from(figure)
    });
    let cents = match rng.below(10) {
        0..3 => 0,
        3 => 10 * rng.below(10),
        _ => rng.below(100),
    };
    yuan * 100 + u64::from(cents)
}

/// With a comma after every third figure from the end.
fn in_thousands(yuan: u64) -> String {
    let digits = yuan.to_string();
    let mut out = String::new();
    for (digit, left) in digits.chars().zip((0..digits.len()).rev()) {
        out.push(digit);
        if left > 0 && left % 3 == 0 {
            out.push(',');
        }
    }
    out
}

/// The characters of GB 32100 in the order of their values; I, O, S, V and Z are not among them.
const CREDIT_CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A unified social credit code by GB 32100-2015: an enterprise (91), its region, an organisation
/// code by GB 11714 and the check character of the whole.
fn credit_code(region: u32, rng: &mut Rng) -> String {
    // Real ones of new enterprises begin with MA.
    let body: String = (0..6)
        .map(|_| {
            let at = rng.below(31) as usize;
            CREDIT_CHARACTERS.chars().nth(at).unwrap_or('0')
        })
        .collect();
    let organisation = format!("MA{body}");
    let check = organisation_check(&organisation);
    let first = format!("91{region:06}{organisation}{check}");
    let check = credit_check(&first);
    format!("{first}{check}")
}

/// The check character of GB 11714-1997 for eight characters.
fn organisation_check(body: &str) -> char {
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body
        .chars()
        .filter_map(|c| c.to_digit(36))
        .zip(weights)
        .map(|(value, weight)| value * weight)
        .sum();
    match (11 - sum % 11) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

/// The check character of GB 32100-2015 for seventeen characters.
fn credit_check(body: &str) -> char {
    let mut weight = 1;
    let mut sum = 0;
    for c in body.chars() {
        sum += CREDIT_CHARACTERS
            .chars()
            .position(|known| known == c)
            .unwrap_or(0)
            * weight;
        weight = weight * 3 % 31;
    }
    let at = (31 - sum % 31) % 31;
    CREDIT_CHARACTERS.chars().nth(at).unwrap_or('0')
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

    /// The first is the example of the standard itself; the others are worked by hand.
    #[test]
    fn the_check_character_is_that_of_gb_32100() {
        for code in [
            "91350100M000100Y43",
            "000000000000000000",
            "10000000000000000Y",
            "01000000000000000W",
            "Y00000000000000001",
        ] {
            let (body, check) = code.split_at(17);
            assert_eq!(credit_check(body).to_string(), check, "{code}");
        }
        assert_eq!(organisation_check("D2143569"), 'X');
        for seed in 0..300 {
            let code = Details::invent(seed).credit_code;
            assert_eq!(code.len(), 18);
            assert!(
                code.chars().all(|c| CREDIT_CHARACTERS.contains(c)),
                "{code}"
            );
            let (body, check) = code.split_at(17);
            assert_eq!(credit_check(body).to_string(), check, "{code}");
        }
    }

    #[test]
    fn amounts_and_days_are_printed_in_every_style() {
        let mut details = Details::invent(1);
        details.amount_fen = 1_234_567;
        for (style, printed) in [
            (AmountStyle::Sign, "¥12,345.67"),
            (AmountStyle::Yuan, "12345.67元"),
            (AmountStyle::Renminbi, "人民币12,345.67"),
        ] {
            details.amount_style = style;
            assert_eq!(details.printed_amount(), printed);
        }
        assert_eq!(details.plain_amount(), "12345.67");
        details.amount_fen = 100_005;
        details.amount_style = AmountStyle::Sign;
        assert_eq!(details.printed_amount(), "¥1,000.05");
        details.date = (2026, 1, 5);
        for (style, printed) in [
            (DateStyle::Padded, "2026年01月05日"),
            (DateStyle::Bare, "2026年1月5日"),
            (DateStyle::Dashes, "2026-01-05"),
            (DateStyle::Capitals, "贰零贰陆年零壹月零伍日"),
        ] {
            details.date_style = style;
            assert_eq!(details.printed_date(), printed);
        }
    }

    #[test]
    fn the_stocks_share_no_name() {
        for (tune, test) in [
            (TUNE.surnames, TEST.surnames),
            (TUNE.given, TEST.given),
            (TUNE.streets, TEST.streets),
            (TUNE.firms, TEST.firms),
        ] {
            assert!(tune.iter().all(|name| !test.contains(name)));
        }
    }

    #[test]
    fn accounts_have_the_form_of_their_market() {
        for seed in 0..300 {
            let details = Details::from_stock(seed, Stock::Test);
            assert!((8..=12).contains(&details.fund_account.len()));
            assert_eq!(details.securities_account.len(), 10);
            assert_eq!(details.institution_account.len(), 10);
            assert!(details.amount_fen >= 10_000, "{details:?}");
        }
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
