//! Natural order of names: `web-2` before `web-10`, upper and lower case alike.

/// A key whose plain order is the natural order of the names it is made of. Different names may
/// have the same key (`Web`, `web`, `web-01` and `web-1`): compare the names then.
pub fn key(name: &str) -> Box<str> {
    let mut out = String::with_capacity(name.len() + 4);
    let mut digits = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_digit() {
            digits.push(c);
        } else {
            push_number(&mut out, &mut digits);
            out.push(c);
        }
    }
    push_number(&mut out, &mut digits);
    out.into_boxed_str()
}

/// A number as a digit (so that numbers sort where digits do), its length and its digits.
fn push_number(out: &mut String, digits: &mut String) {
    if digits.is_empty() {
        return;
    }
    let significant = digits.trim_start_matches('0');
    // lengths as a character: longer numbers are larger ones
    let length = char::from_u32(u32::try_from(significant.len()).unwrap_or(0xd7ff).min(0xd7ff));
    out.push('0');
    out.push(length.unwrap_or('\u{d7ff}'));
    out.push_str(significant);
    digits.clear();
}

/// Two names in natural order; names of the same key in plain order.
pub fn compare(one: &str, other: &str) -> std::cmp::Ordering {
    key(one).cmp(&key(other)).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_count() {
        let mut names = ["web-10", "web-2", "Web-3", "db", "web", "web-2a", "10", "9", "web-002"];
        names.sort_by(|one, other| compare(one, other));
        assert_eq!(
            names,
            ["9", "10", "db", "web", "web-002", "web-2", "web-2a", "Web-3", "web-10"]
        );
    }

    proptest! {
        #[test]
        fn a_total_order(a in "[a-c0-3]{0,6}", b in "[a-c0-3]{0,6}", c in "[a-c0-3]{0,6}") {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
            if compare(&a, &b).is_le() && compare(&b, &c).is_le() {
                prop_assert!(compare(&a, &c).is_le());
            }
            prop_assert_eq!(compare(&a, &b).is_eq(), a == b);
        }

        #[test]
        fn numbers_sort_as_numbers(a in any::<u64>(), b in any::<u64>()) {
            prop_assert_eq!(compare(&format!("n{a}x"), &format!("n{b}x")), a.cmp(&b));
        }
    }
}
