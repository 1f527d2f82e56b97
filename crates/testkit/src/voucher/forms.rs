//! The forms: what each kind of voucher asks, says and has signed. All wording is our own.

use super::fonts::{Face, Fonts};
use super::layout::{Cell, Composer, Hand, Ink, LEFT_MM, Row, Sheet};
use super::seed::Rng;
use super::style::{Look, SealInk};
use super::{Codes, DateStyle, Details, Kind, Voucher, VoucherError};

/// Lays out all pages of a voucher, in a style if one is given.
pub(super) fn sheets(
    voucher: &Voucher,
    look: Option<Look<'_>>,
    fonts: &Fonts,
) -> Result<Vec<Sheet>, VoucherError> {
    let content = match voucher.kind {
        Kind::Opening => opening(voucher),
        Kind::InformationChange => information_change(voucher),
        Kind::AgencySecurities => agency_securities(voucher, look.is_some()),
        Kind::Custody => custody(voucher, look.is_some()),
        Kind::Remarks => remarks(voucher),
        Kind::FundTransfer => fund_transfer(voucher),
        Kind::InstitutionOpening => institution_opening(voucher),
        Kind::Agreement => return agreement(voucher, look, fonts),
        Kind::Blank => return Ok(vec![Sheet::default()]),
    };
    form(voucher, look, fonts, &content)
}

/// What stands on the back of a form: terms that nobody is to read from the front.
pub(super) fn back(seed: u64, fonts: &Fonts) -> Result<Sheet, VoucherError> {
    let mut rng = Rng::new(seed ^ 0x0BAC);
    let mut composer = Composer::new(fonts, hand(&mut rng), None);
    composer.skip(rng.between(4.0, 16.0));
    composer.title("业务办理须知")?;
    let first = rng.below(6) as usize;
    for (number, text) in (1..).zip(CLAUSES.iter().skip(first).take(12)) {
        composer.paragraph(&format!("{number}、{text}"))?;
        composer.skip(1.2);
    }
    Ok(composer.finish())
}

/// One form of one page.
struct Form {
    number: &'static str,
    title: &'static str,
    client: Vec<Row>,
    business_heading: &'static str,
    business: Vec<Row>,
    statements: &'static [&'static str],
}

fn two(left: &'static str, entry: &str, right: &'static str, other: &str) -> Row {
    Row::Two(cell(left, entry), cell(right, other))
}

fn wide(label: &'static str, entry: &str) -> Row {
    Row::Wide(cell(label, entry))
}

fn cell(label: &'static str, entry: &str) -> Cell {
    Cell {
        label,
        entry: entry.to_owned(),
    }
}

/// The rows that every form with a client begins with.
fn client_rows(details: &Details) -> Vec<Row> {
    vec![
        two(
            "客户姓名",
            &details.client_name,
            "客户号",
            &details.client_no,
        ),
        two("证件类型", "居民身份证", "证件号码", &details.id_number),
        two(
            "业务流水号",
            &details.flow_no,
            "日期",
            &details.printed_date(),
        ),
        two(
            "营业部",
            &details.printed_branch(),
            "联系电话",
            &details.phone,
        ),
        wide("地址", &details.address),
    ]
}

fn opening(voucher: &Voucher) -> Form {
    let mut rng = Rng::new(voucher.seed ^ 0x0BE);
    let mut client = client_rows(&voucher.details);
    client.push(two(
        "职业",
        rng.pick(&["教师", "企业职员", "工程师", "退休", "个体经营"]),
        "学历",
        rng.pick(&["大学本科", "大专", "高中", "硕士研究生"]),
    ));
    Form {
        number: "SF-KH-01",
        title: "个人客户开户申请表",
        client,
        business_heading: "二、申请开立的账户",
        business: vec![
            two("账户", "人民币资金账户", "业务类型", "新开户"),
            two(
                "资金来源",
                rng.pick(&["工资收入", "经营所得", "投资收益"]),
                "风险等级",
                rng.pick(&["稳健型", "平衡型", "积极型"]),
            ),
        ],
        statements: &[
            "本人保证以上各栏由本人填写，内容真实、完整，与所出示的证件一致，并同意营业部据此办理开户。",
            "本人已经读过开户须知，明白证券价格有涨有跌，投入的资金可能受到损失，盈亏由本人自己承担。",
            "以上资料如有变动，本人将在十五日之内到营业部更新；因没有及时更新而产生的后果由本人负责。",
        ],
    }
}

fn information_change(voucher: &Voucher) -> Form {
    let mut rng = Rng::new(voucher.seed ^ 0xC4A);
    let before = format!("128{:08}", rng.below(100_000_000));
    Form {
        number: "SF-BG-02",
        title: "客户信息变更申请表",
        client: client_rows(&voucher.details),
        business_heading: "二、变更内容",
        business: vec![
            two("账户", "人民币资金账户", "业务类型", "一般资料变更"),
            two("变更项目", "联系电话", "变更渠道", "柜台办理"),
            two("变更前", &before, "变更后", &voucher.details.phone),
            wide(
                "变更原因",
                rng.pick(&["更换手机号码", "迁居外地", "原号码由家人使用"]),
            ),
        ],
        statements: &[
            "本人申请把上述资料由变更前的内容改为变更后的内容，自营业部复核通过之时起生效。",
            "营业部可以用变更后的电话与本人核对身份；变更以前发出的通知仍然有效。",
            "经办人员已经当面看过本人的证件原件，复核人员已经核对录入结果，两人各自签名。",
        ],
    }
}

/// The market of a securities account by its first character.
fn market(account: &str) -> &'static str {
    if account.starts_with('0') {
        "深圳市场"
    } else {
        "上海市场"
    }
}

fn agency_securities(voucher: &Voucher, styled: bool) -> Form {
    let mut rng = Rng::new(voucher.seed ^ 0xA6E);
    let (mut market, prefix) = *[("上海市场", 'A'), ("深圳市场", '0')]
        .get(rng.below(2) as usize)
        .unwrap_or(&("上海市场", 'A'));
    let mut account = format!("{prefix}99{:07}", rng.below(10_000_000));
    let mut account_label = "证券账户";
    if styled {
        account.clone_from(&voucher.details.securities_account);
        market = self::market(&account);
        account_label = rng.pick(&["股东账号", "证券账户"]);
    }
    Form {
        number: "SF-ZQ-03",
        title: "代理证券业务申请表",
        client: client_rows(&voucher.details),
        business_heading: "二、申请办理的证券账户业务",
        business: vec![
            two(account_label, &account, "交易市场", market),
            two(
                "业务类型",
                rng.pick(&["证券账户挂失补办", "证券账户资料查询", "指定交易撤销"]),
                "办理方式",
                "本人临柜",
            ),
            wide(
                "备注",
                rng.pick(&["随附证件复印件一份", "无", "原账户卡已遗失"]),
            ),
        ],
        statements: &[
            "本人委托营业部向登记机构代为办理上述业务，办理结果以登记机构的记录为准。",
            "证券账户只供本人使用，不出借、不转让；本人知道违反这一要求的，账户可能被限制使用。",
            "所需费用按照营业部公布的标准收取，本人已经知道金额并同意从资金账户中支付。",
            "本申请表一式两份，客户与营业部各留一份，内容不一致的，以营业部存档的一份为准。",
        ],
    }
}

fn custody(voucher: &Voucher, styled: bool) -> Form {
    let mut rng = Rng::new(voucher.seed ^ 0xC57);
    let card = format!("9559{:012}", rng.draw() % 1_000_000_000_000);
    let mut business = vec![
        two("存管银行", "样例银行", "银行账户", &card),
        two(
            "业务类型",
            rng.pick(&["签约", "变更银行", "解约"]),
            "币种",
            "人民币",
        ),
    ];
    if styled {
        let label = rng.pick(&["资金账号", "资金账户"]);
        business.insert(
            0,
            two(label, &voucher.details.fund_account, "账户状态", "正常"),
        );
    }
    Form {
        number: "SF-CG-04",
        title: "客户资金存管业务申请表",
        client: client_rows(&voucher.details),
        business_heading: "二、存管银行",
        business,
        statements: &[
            "本人申请由上述银行存管本人的交易资金，资金只在本人的银行账户与资金账户之间划转。",
            "银行账户与资金账户的户名、证件号码须完全一致；不一致时，营业部可以不予受理。",
            "当日有未完成的交易或者未到账的款项时，变更银行与解约在结清以后的下一个交易日办理。",
            "本人会妥善保管密码，凡使用正确密码进行的划转都视为本人的操作。",
        ],
    }
}

fn remarks(voucher: &Voucher) -> Form {
    let details = &voucher.details;
    Form {
        number: "SF-FW-09",
        title: "客户意见登记表",
        client: vec![
            two(
                "客户姓名",
                &details.client_name,
                "日期",
                &details.printed_date(),
            ),
            two(
                "营业部",
                &details.printed_branch(),
                "联系电话",
                &details.phone,
            ),
            wide("地址", &details.address),
        ],
        business_heading: "二、意见内容",
        business: vec![
            two("意见类别", "服务环境", "提出方式", "现场"),
            wide("内容", "大厅座椅较少，雨天没有放伞的地方"),
            wide("希望", "增加座椅与伞架，排队时能看到叫号"),
        ],
        statements: &[
            "感谢您提出意见。我们会在五个工作日之内与您联系，告诉您处理的结果。",
            "本表只用于改进服务，不作为办理业务的依据，也不需要填写账户资料。",
        ],
    }
}

fn fund_transfer(voucher: &Voucher) -> Form {
    let details = &voucher.details;
    let mut rng = Rng::new(voucher.seed ^ 0xF0D);
    let account = rng.pick(&["资金账号", "资金账户"]);
    let direction = rng.pick(&["资金存入", "资金取出"]);
    let capitals = rng.pick(&["大写", "金额大写", "金额（大写）"]);
    Form {
        number: "SF-ZJ-06",
        title: "资金存取凭证",
        client: vec![
            two("姓名", &details.client_name, "客户号", &details.client_no),
            two(
                "证件号码",
                &details.id_number,
                account,
                &details.fund_account,
            ),
            two(
                "业务流水号",
                &details.flow_no,
                "日期",
                &details.printed_date(),
            ),
            two(
                "营业部",
                &details.printed_branch(),
                "联系电话",
                &details.phone,
            ),
        ],
        business_heading: "二、存取内容",
        business: vec![
            two("业务类型", direction, "币种", "人民币"),
            two(
                rng.pick(&["金额", "金额（小写）"]),
                &details.printed_amount(),
                "方式",
                rng.pick(&["银行转账", "柜台办理", "支票"]),
            ),
            wide(capitals, &details.amount_words()),
            wide(
                "摘要",
                rng.pick(&["购买证券备用", "家庭开支", "归还借款", "无"]),
            ),
        ],
        statements: &[
            "本人已经核对以上金额，小写与大写一致；不一致的，本凭证无效，须重新填写。",
            "款项以营业部系统的入账记录为准，如有疑问，请在三个工作日之内向营业部提出。",
        ],
    }
}

fn institution_opening(voucher: &Voucher) -> Form {
    let details = &voucher.details;
    let mut rng = Rng::new(voucher.seed ^ 0x1057);
    let fund = rng.pick(&["资金账号", "资金账户"]);
    let securities = rng.pick(&["股东账号", "证券账户"]);
    Form {
        number: "SF-JG-07",
        title: "机构客户开户申请表",
        client: vec![
            wide(
                rng.pick(&["名称", "机构名称", "客户名称"]),
                &details.company,
            ),
            two(
                "统一社会信用代码",
                &details.credit_code,
                "客户号",
                &details.client_no,
            ),
            two(
                "法定代表人",
                &details.legal_representative,
                "联系电话",
                &details.phone,
            ),
            two(
                "业务流水号",
                &details.flow_no,
                "日期",
                &details.printed_date(),
            ),
            two(
                "营业部",
                &details.printed_branch(),
                "机构类型",
                rng.pick(&["企业法人", "一般机构"]),
            ),
            wide("注册地址", &details.address),
        ],
        business_heading: "二、申请开立的账户",
        business: vec![
            two(fund, &details.fund_account, "币种", "人民币"),
            two(
                securities,
                &details.institution_account,
                "交易市场",
                market(&details.institution_account),
            ),
        ],
        statements: &[
            "本机构保证所填内容与营业执照一致，经办人员已经得到本机构的书面授权。",
            "本机构的名称、代码、法定代表人或者地址发生变化时，将在十五日之内到营业部办理变更。",
            "账户只用于本机构自己的交易，不出借给其他机构或者个人使用。",
        ],
    }
}

fn hand(rng: &mut Rng) -> Hand {
    match rng.below(3) {
        0 => Hand {
            face: Face::Printer,
            ink: Ink::Black,
        },
        1 => Hand {
            face: Face::Hand,
            ink: Ink::Blue,
        },
        _ => Hand {
            face: Face::Hand,
            ink: Ink::Black,
        },
    }
}

fn head(composer: &mut Composer<'_>, voucher: &Voucher, form: &str) -> Result<(), VoucherError> {
    let details = &voucher.details;
    let flow = voucher.coded_flow.as_ref().unwrap_or(&details.flow_no);
    let payload = format!("client={};flow={flow}", details.client_no);
    let (bars, square) = match voucher.codes {
        Codes::None => (None, None),
        Codes::Code128 => (Some(flow.as_str()), None),
        Codes::Qr => (None, Some(payload.as_str())),
        Codes::Both => (Some(flow.as_str()), Some(payload.as_str())),
    };
    composer.head(form, bars)?;
    square.map_or(Ok(()), |payload| composer.square(payload))
}

fn form(
    voucher: &Voucher,
    look: Option<Look<'_>>,
    fonts: &Fonts,
    form: &Form,
) -> Result<Vec<Sheet>, VoucherError> {
    let mut rng = Rng::new(voucher.seed);
    let mut composer = Composer::new(fonts, hand(&mut rng), look);
    head(&mut composer, voucher, form.number)?;
    composer.title(form.title)?;
    composer.heading("一、客户基本信息");
    composer.fields(&form.client, &mut rng)?;
    composer.heading(form.business_heading);
    composer.fields(&form.business, &mut rng)?;
    composer.heading("三、声明与约定");
    composer.skip(4.6);
    for (number, text) in (1..).zip(form.statements) {
        composer.paragraph(&format!("{number}、{text}"))?;
    }
    composer.skip(5.0);
    signatures(&mut composer, voucher, look, &mut rng)?;
    composer.foot(1, 1)?;
    Ok(vec![composer.finish()])
}

fn signatures(
    composer: &mut Composer<'_>,
    voucher: &Voucher,
    look: Option<Look<'_>>,
    rng: &mut Rng,
) -> Result<(), VoucherError> {
    let details = &voucher.details;
    let top = composer.y_mm();
    let signer = if voucher.kind == Kind::InstitutionOpening {
        &details.legal_representative
    } else {
        &details.client_name
    };
    let day = details.printed_date();
    let first = [
        (LEFT_MM, "客户签名：", signer.as_str()),
        (118.0, "日期：", &day),
    ];
    // A day in capitals stands once, among the fields.
    let parts = if details.date_style == DateStyle::Capitals {
        1
    } else {
        2
    };
    composer.signed(first.get(..parts).unwrap_or(&first))?;
    composer.signed(&[
        (LEFT_MM, "经办人：", &details.clerk),
        (68.0, "复核人：", &details.reviewer),
        (118.0, "营业部（盖章）：", ""),
    ])?;
    let usual = (
        150.0 + rng.between(-8.0, 10.0),
        top + rng.between(2.0, 10.0),
    );
    let centre = look.map_or(usual, |look| seal_place(look, usual, top, rng));
    let around = format!("示范证券{}", details.branch_name);
    composer.seal(centre, &around, "业务专用章", rng);
    Ok(())
}

/// Where a seal lies that may be black: below the day, where only its own label is under it.
/// One that stays red lies over the fields at times.
fn seal_place(look: Look<'_>, usual: (f32, f32), top: f32, rng: &mut Rng) -> (f32, f32) {
    let over_fields = rng.below(10) < 3;
    if look.bilevel || look.style.seal == SealInk::Black {
        (usual.0, (top + 27.0).min(262.0))
    } else if look.colours && over_fields {
        (usual.0, rng.between(64.0, 92.0))
    } else {
        usual
    }
}

const CLAUSES: &[&str] = &[
    "甲方自愿委托乙方代理证券交易，乙方接受委托，双方按照本协议行使权利、履行义务。",
    "甲方应当以本人真实身份开立账户，所提供的资料发生变化时，应当在十五日之内告知乙方并办理变更。",
    "甲方的委托可以在柜台提出，也可以通过电话、网络等方式提出；采用哪一种方式，都应当先通过身份核验。",
    "乙方收到委托以后应当及时审核并按照时间先后申报；因交易所暂停交易而不能申报的，乙方应当告知甲方。",
    "甲方发出的委托在成交之前可以撤销；已经成交的部分不能撤销，甲方应当接受成交结果并履行交收义务。",
    "甲方应当妥善保管账户密码，不得告诉他人；使用正确密码发出的委托，视为甲方本人的委托。",
    "甲方发现密码泄露或者账户有异常情况时，应当立即通知乙方挂失，乙方核实身份以后应当立即限制该账户的使用。",
    "甲方的交易资金由存管银行存管，乙方不得挪用；甲方可以在交易时间内查询资金余额与变动明细。",
    "乙方按照公布的标准收取佣金，标准调整时应当提前十个交易日公告；法律规定的税费由乙方代收代缴。",
    "乙方应当按照甲方的要求提供对账单；甲方对对账单有疑问的，应当在收到之日起三十日之内提出。",
    "乙方对甲方的资料与交易情况负有保密义务，但是法律规定应当提供或者甲方书面同意提供的除外。",
    "因地震、水灾、火灾、战争等不能预见、不能避免的情况造成的损失，乙方不承担责任，但是应当采取措施减少损失。",
    "因通信线路故障、电力中断使委托不能按时申报的，双方应当及时改用其他方式，并保存有关记录。",
    "乙方应当保存甲方的开户资料、委托记录与成交记录，保存期限自账户注销之日起不少于二十年。",
    "甲方可以随时申请注销账户；注销之前应当结清全部交易与费用，乙方应当在两个交易日之内办理完毕。",
    "双方因本协议发生争议的，应当先行协商；协商不成的，可以请求行业调解组织调解，也可以向人民法院起诉。",
    "本协议没有约定的事项，按照法律、法规以及交易所、登记机构的业务规则办理。",
    "本协议一式两份，双方各执一份，自甲方签名、乙方盖章之日起生效，至甲方账户注销之日终止。",
];

fn agreement(
    voucher: &Voucher,
    look: Option<Look<'_>>,
    fonts: &Fonts,
) -> Result<Vec<Sheet>, VoucherError> {
    let details = &voucher.details;
    let mut rng = Rng::new(voucher.seed);
    let hand = hand(&mut rng);
    let pages = voucher.pages;
    let per_page = CLAUSES.len().div_ceil(pages.max(1) as usize);
    let mut clauses = (1..).zip(CLAUSES);
    let mut sheets = Vec::new();
    for page in 1..=pages {
        let mut composer = Composer::new(fonts, hand, look);
        if page == 1 {
            head(&mut composer, voucher, "SF-XY-05")?;
            composer.title("证券交易委托代理协议")?;
            composer.fields(&client_rows(details), &mut rng)?;
            composer.paragraph("甲方为上表所列客户，乙方为示范证券股份有限公司。双方约定如下：")?;
        } else {
            composer.head("SF-XY-05", None)?;
            composer.skip(-8.0);
        }
        composer.skip(2.0);
        for (number, text) in clauses.by_ref().take(per_page) {
            composer.paragraph(&format!("第{number}条　{text}"))?;
            composer.skip(1.6);
        }
        if page == pages {
            composer.skip(6.0);
            signatures(&mut composer, voucher, look, &mut rng)?;
        }
        composer.foot(page, pages)?;
        sheets.push(composer.finish());
    }
    Ok(sheets)
}
