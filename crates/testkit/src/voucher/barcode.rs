//! Machine-readable codes as rows of modules: Code 128 (ISO/IEC 15417) from its own table, QR
//! by the `qrcode` crate.

use qrcode::{Color, EcLevel, QrCode};

use super::VoucherError;
use super::truth::CodeFormat;

/// Widths of bars and gaps of the values 0 to 105, in modules, bar first.
#[rustfmt::skip]
const WIDTHS: [&str; 106] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212",
    "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221",
    "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221",
    "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
    "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131",
    "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242",
    "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232",
];
const STOP: &str = "2331112";
const START_B: u8 = 104;
const CODE_C: u8 = 99;

/// The modules of a Code 128, dark ones true, without the quiet zones. Letters and signs stand
/// in code set B; an even run of digits at the end stands in code set C.
pub(super) fn code128(value: &str) -> Result<Vec<bool>, VoucherError> {
    let refused = || VoucherError::Barcode {
        format: CodeFormat::Code128,
        value: value.to_owned(),
    };
    if value.is_empty() || !value.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err(refused());
    }
    let digits = value.bytes().rev().take_while(u8::is_ascii_digit).count();
    let pairs_from = match digits & !1 {
        even if even >= 4 => value.len() - even,
        _ => value.len(),
    };
    let (head, tail) = value.as_bytes().split_at(pairs_from);
    let mut symbols = vec![START_B];
    symbols.extend(head.iter().map(|b| b - b' '));
    if !tail.is_empty() {
        symbols.push(CODE_C);
        symbols.extend(
            tail.chunks(2)
                .map(|pair| pair.iter().fold(0, |sum, digit| sum * 10 + (digit - b'0'))),
        );
    }
    let check = symbols.iter().zip(0_u32..).fold(0, |sum, (symbol, at)| {
        (sum + u32::from(*symbol) * at.max(1)) % 103
    });
    symbols.push(u8::try_from(check).unwrap_or(0));
    let mut modules = Vec::new();
    let widths = symbols
        .iter()
        .map(|symbol| {
            WIDTHS
                .get(usize::from(*symbol))
                .copied()
                .ok_or_else(refused)
        })
        .collect::<Result<Vec<_>, _>>()?;
    for width in widths.into_iter().chain([STOP]) {
        for (element, at) in width.bytes().zip(0..) {
            let dark = at % 2 == 0;
            modules.extend(std::iter::repeat_n(dark, usize::from(element - b'0')));
        }
    }
    Ok(modules)
}

/// The modules of a QR code with error correction M, row by row, dark ones true, and the
/// number of modules a side, without the quiet zone.
pub(super) fn qr(value: &str) -> Result<(Vec<bool>, usize), VoucherError> {
    let code = QrCode::with_error_correction_level(value, EcLevel::M).map_err(|_| {
        VoucherError::Barcode {
            format: CodeFormat::Qr,
            value: value.to_owned(),
        }
    })?;
    let side = code.width();
    let modules = code.into_colors();
    Ok((
        modules.into_iter().map(|c| c == Color::Dark).collect(),
        side,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(modules: &[bool]) -> String {
        modules
            .iter()
            .map(|dark| if *dark { '1' } else { '0' })
            .collect()
    }

    /// "PJJ123C" in set B has the check value 55 (worked by hand: 104 + 48 + 2·42 + 3·42 + 4·17
    /// + 5·18 + 6·19 + 7·35 = 879, mod 103); 11 modules a symbol, 13 for the stop.
    #[test]
    fn code128_has_its_check_symbol_and_stop() {
        let modules = text(&code128("PJJ123C").unwrap());
        assert_eq!(modules.len(), 11 * 9 + 13);
        assert!(modules.starts_with("11010010000"));
        assert!(modules.ends_with("111010001101100011101011"), "{modules}");
    }

    #[test]
    fn a_run_of_digits_takes_half_the_room() {
        // Start, L, S, to set C, seven pairs, check, stop.
        assert_eq!(code128("LS20261120000123").unwrap().len(), 12 * 11 + 13);
        assert!(code128("号").is_err());
        assert!(code128("").is_err());
    }

    #[test]
    fn every_symbol_is_eleven_modules_and_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        for width in WIDTHS {
            assert_eq!(width.bytes().map(|b| u32::from(b - b'0')).sum::<u32>(), 11);
            assert!(seen.insert(width));
        }
    }

    #[test]
    fn qr_is_square() {
        let (modules, side) = qr("client=8800012345;flow=LS20261120000123").unwrap();
        assert_eq!(modules.len(), side * side);
        assert_eq!(side, 29);
    }
}
