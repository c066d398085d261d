//! Sequences as vttest has them, and the screen that each must leave.
#![allow(dead_code, reason = "each test uses a part")]

/// Columns and rows of the screens below.
pub const SIZE: (u16, u16) = (10, 5);

/// What is written, and what can be read then.
pub struct Case {
    pub name: &'static str,
    pub bytes: &'static str,
    pub screen: [&'static str; 5],
    /// tmux does the same; where it does not, the reason stands beside.
    pub peer: bool,
}

const fn case(name: &'static str, bytes: &'static str, screen: [&'static str; 5]) -> Case {
    Case {
        name,
        bytes,
        screen,
        peer: true,
    }
}

/// A case in which tmux has a way of its own.
const fn alone(name: &'static str, bytes: &'static str, screen: [&'static str; 5]) -> Case {
    Case {
        name,
        bytes,
        screen,
        peer: false,
    }
}

const FULL: &str = "EEEEEEEEEE";

pub const CASES: &[Case] = &[
    case(
        "cursor moves stop at the edges",
        "\x1b[3;4Ha\x1b[2Ab\x1b[2Dc\x1b[Bd\x1b[10Ce\x1b[20Df\x1b[G\x1b[20Bg",
        ["   cb", "f   d    e", "   a", "", "g"],
    ),
    case(
        "places beyond the edge",
        "\x1b[99;99Hx\x1b[0;0Hy",
        ["y", "", "", "", "         x"],
    ),
    case(
        "column and row alone",
        "\x1b[3d\x1b[5Gx\x1b[1`y",
        ["", "", "y   x", "", ""],
    ),
    case("lines down and up", "a\x1b[2Eb\x1b[Fc", ["a", "c", "b", "", ""]),
    case("index and next line", "ab\x1bEc\x1bDd", ["ab", "c", " d", "", ""]),
    case(
        "reverse index at the top",
        "1\r\n2\x1b[H\x1bMx",
        ["x", "1", "2", "", ""],
    ),
    case(
        "controls inside of a sequence",
        "a\x1b[2\x08Cb",
        ["a b", "", "", "", ""],
    ),
    case(
        "a sequence that is cancelled",
        "a\x1b[2\x18b\x1b[3\x1b[Cc",
        ["ab c", "", "", "", ""],
    ),
    case("wrap", "123456789012", ["1234567890", "12", "", "", ""]),
    case("no wrap", "\x1b[?7l123456789012", ["1234567892", "", "", "", ""]),
    case(
        "the wrap waits for the next character",
        "1234567890\r\nx",
        ["1234567890", "x", "", "", ""],
    ),
    // tmux counts the column that the cursor has not gone to yet
    alone(
        "a step back from the edge",
        "1234567890\x08x",
        ["12345678x0", "", "", "", ""],
    ),
    // tmux does not know it
    alone("new line mode", "\x1b[20ha\nb\x1b[20lc\nd", ["a", "bc", "  d", "", ""]),
    case(
        "a region scrolls up at its end",
        "1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[4;1H\n",
        ["1", "3", "4", "", "5"],
    ),
    case(
        "a region scrolls down at its beginning",
        "1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[2;1H\x1bM",
        ["1", "", "2", "3", "5"],
    ),
    case(
        "nothing scrolls below a region",
        "1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[5;1H\n\nx",
        ["1", "2", "3", "4", "x"],
    ),
    case(
        "scroll up",
        "1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[2S",
        ["1", "4", "", "", "5"],
    ),
    case(
        "scroll down",
        "1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[T",
        ["1", "", "2", "3", "5"],
    ),
    case(
        "a region that is none is not taken",
        "1\r\n2\r\n3\r\n4\r\n5\x1b[4;2r\x1b[5;1H\nx",
        ["2", "3", "4", "5", "x"],
    ),
    case(
        "origin mode keeps the cursor in the region",
        "\x1b[2;4r\x1b[?6h\x1b[HA\x1b[9;1HB\x1b[?6l\x1b[HC",
        ["C", "A", "", "B", ""],
    ),
    case(
        "lines inserted in a region",
        "1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[3;1H\x1b[L",
        ["1", "2", "", "3", "5"],
    ),
    case(
        "lines deleted in a region",
        "1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[2;1H\x1b[2M",
        ["1", "4", "", "", "5"],
    ),
    // tmux deletes them
    alone(
        "lines outside of it stay",
        "1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[H\x1b[M",
        ["1", "2", "3", "4", "5"],
    ),
    case(
        "characters inserted",
        "abcdefghij\x1b[1;3H\x1b[2@",
        ["ab  cdefgh", "", "", "", ""],
    ),
    case(
        "characters deleted",
        "abcdefghij\x1b[1;3H\x1b[2P",
        ["abefghij", "", "", "", ""],
    ),
    case(
        "characters erased",
        "abcdefghij\x1b[1;3H\x1b[3X",
        ["ab   fghij", "", "", "", ""],
    ),
    case(
        "insert mode",
        "abcdef\x1b[1;3H\x1b[4hXY\x1b[4lZ",
        ["abXYZdef", "", "", "", ""],
    ),
    case(
        "tab stops set and cleared",
        "\tx\r\n\x1b[3g\x1b[1;4H\x1bH\r\n\ty\x1b[Zz",
        ["        x", "   z", "", "", ""],
    ),
    case(
        "lines drawn",
        "\x1b(0lqwqk\r\nx x x\r\nmqvqj\x1b(Babc",
        ["┌─┬─┐", "│ │ │", "└─┴─┘abc", "", ""],
    ),
    case("shifted characters", "\x1b)0a\x0eq\x0fb", ["a─b", "", "", "", ""]),
    case("all E", "x\x1b#8", [FULL; 5]),
    case(
        "erased to the right",
        "\x1b#8\x1b[2;2H\x1b[K",
        [FULL, "E", FULL, FULL, FULL],
    ),
    case(
        "erased to the left",
        "\x1b#8\x1b[3;5H\x1b[1K",
        [FULL, FULL, "     EEEEE", FULL, FULL],
    ),
    case("a line erased", "\x1b#8\x1b[3;5H\x1b[2K", [FULL, FULL, "", FULL, FULL]),
    case("erased below", "\x1b#8\x1b[3;5H\x1b[J", [FULL, FULL, "EEEE", "", ""]),
    case(
        "erased above",
        "\x1b#8\x1b[3;5H\x1b[1J",
        ["", "", "     EEEEE", FULL, FULL],
    ),
    case("all erased", "\x1b#8\x1b[3;5H\x1b[2Jx", ["", "", "    x", "", ""]),
    case(
        "cursor kept",
        "\x1b[2;3H\x1b7\x1b[5;5HB\x1b8A",
        ["", "  A", "", "", "    B"],
    ),
    case(
        "cursor kept the other way",
        "\x1b[2;3H\x1b[s\x1b[5;5HB\x1b[uA",
        ["", "  A", "", "", "    B"],
    ),
    case(
        "character sets kept with the cursor",
        "\x1b(0\x1b7\x1b(Bq\x1b8q",
        ["─", "", "", "", ""],
    ),
    case(
        "another screen",
        "main\x1b[?1049h\x1b[2;2Halt",
        ["", " alt", "", "", ""],
    ),
    case(
        "and back",
        "main\x1b[?1049h\x1b[2;2Halt\x1b[?1049l!",
        ["main!", "", "", "", ""],
    ),
    case(
        "wide characters fill a line",
        "漢字漢字漢x",
        ["漢字漢字漢", "x", "", "", ""],
    ),
    case(
        "a wide character does not stand on the edge",
        "123456789漢",
        ["123456789", "漢", "", "", ""],
    ),
    // tmux moves the others
    alone("half of one is none: right", "漢字\x1b[1;2Hx", [" x字", "", "", "", ""]),
    case("half of one is none: left", "漢字\x1b[1;1Hx", ["x 字", "", "", "", ""]),
    case("combining characters", "e\u{301}x", ["e\u{301}x", "", "", "", ""]),
    case("repeated", "ab\x1b[3b", ["abbbb", "", "", "", ""]),
    // tmux stops there
    alone("repeated over the edge", "-\x1b[11b", ["----------", "--", "", "", ""]),
    // tmux goes to the first column as well
    alone(
        "soft reset: region, origin, insert",
        "1\r\n2\r\n3\r\n4\r\n5\x1b[2;3r\x1b[?6h\x1b[4h\x1b(0\x1b[2;2H\x1b[!pq\x1b[1;1Hx\x1b[5;1H\ny",
        ["2", "3q", "4", "5", "y"],
    ),
    case("reset", "junk\x1b[2;3r\x1b[?7l\x1b(0\x1bcqq", ["qq", "", "", "", ""]),
    case(
        "commands are not seen",
        "a\x1b]0;title\x07b\x1bPqdata\x1b\\c\x1b_x\x1b\\d",
        ["abcd", "", "", "", ""],
    ),
];

/// What vttest itself writes.
pub mod vttest {
    use std::path::PathBuf;

    /// Its parts: movements of the cursor, features of the screen, character sets, insertion.
    pub const CHAPTERS: [&str; 4] = ["cursor", "screen", "sets", "insert"];

    pub fn directory() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sequences/vttest")
    }

    /// What is written from one press of return to the next, with its number.
    pub fn screens(chapter: &str) -> Vec<(String, Vec<u8>)> {
        let files = std::fs::read_dir(directory().join(chapter)).unwrap();
        let mut all: Vec<_> = files
            .map(|file| {
                let path = file.unwrap().path();
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                (name, std::fs::read(&path).unwrap())
            })
            .collect();
        all.sort();
        all
    }
}
