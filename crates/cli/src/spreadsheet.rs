//! CSV that a spreadsheet may open.

/// What a spreadsheet needs at the head of a file to take it for UTF-8.
pub(crate) const BOM: &str = "\u{feff}";

/// The cell, with an apostrophe before it if a spreadsheet would calculate it.
pub(crate) fn harmless(cell: &str) -> String {
    let is_formula = |c| matches!(c, '=' | '+' | '-' | '@' | '|' | '＝' | '＋' | '－' | '＠');
    let starts = cell.starts_with(|c: char| c.is_control());
    if starts || cell.trim_start().starts_with(is_formula) {
        format!("'{cell}")
    } else {
        cell.into()
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_title_is_no_formula() {
        assert_eq!(harmless("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(harmless("＝1+1"), "'＝1+1");
        assert_eq!(harmless("\t=1"), "'\t=1");
        assert_eq!(harmless("红枣 -1"), "红枣 -1");
    }
}
