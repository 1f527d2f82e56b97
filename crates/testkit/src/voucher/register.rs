//! The register of branches (营业部名册) of a made-up firm: those that the vouchers name, and many
//! that are like them.

use std::collections::BTreeSet;

use super::invent::Stock;
use super::seed::Rng;

const ROADS: [&str; 6] = ["路", "大道", "东街", "街", "巷", "中路"];
/// As many numbers as there are, at most: every other one has a branch.
const NUMBERS: u32 = 400;

/// Number and name of every branch: in each city of the stock one in a street of each name, so
/// that most differ from others by two characters, and numbers lie close together.
#[must_use]
pub fn register(stock: Stock) -> Vec<(String, String)> {
    let named = stock.branches();
    let mut all: Vec<(String, String)> = named
        .iter()
        .map(|(number, name)| ((*number).to_owned(), (*name).to_owned()))
        .collect();
    // 广州市临摹区: a city, and the word that its streets are called by.
    let places: Vec<(&str, &str)> = stock
        .cities()
        .iter()
        .filter_map(|city| city.strip_suffix('区')?.split_once('市'))
        .collect();
    let mut numbers: BTreeSet<u32> = all.iter().filter_map(|(n, _)| n.parse().ok()).collect();
    let mut rng = Rng::new(0x0B2A_9C45);
    for (city, _) in &places {
        for (_, word) in &places {
            for road in ROADS {
                let name = format!("{city}{word}{road}营业部");
                if all.iter().any(|(_, known)| *known == name) {
                    continue;
                }
                let mut number = 1 + rng.below(NUMBERS);
                while !numbers.insert(number) {
                    number = 1 + rng.below(NUMBERS);
                }
                all.push((format!("{number:04}"), name));
            }
        }
    }
    all.sort();
    all
}

/// The register as `vouchsafe bench ocr --known` takes it.
#[must_use]
pub fn register_toml(stock: Stock) -> String {
    let rows = register(stock);
    let rows = rows
        .iter()
        .map(|(number, name)| format!("    \"{number} {name}\",\n"));
    format!("branch = [\n{}]\n", rows.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_branch_of_a_stock_is_in_its_register_once() {
        for (stock, count) in [(Stock::Tune, 152), (Stock::Test, 216)] {
            let all = register(stock);
            let numbers: BTreeSet<_> = all.iter().map(|(number, _)| number).collect();
            let names: BTreeSet<_> = all.iter().map(|(_, name)| name).collect();
            assert_eq!(
                (all.len(), numbers.len(), names.len()),
                (count, count, count)
            );
            for (number, name) in stock.branches() {
                let own = ((*number).to_owned(), (*name).to_owned());
                assert!(all.contains(&own), "{own:?}");
            }
        }
    }
}
