use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

/// The commands, one a line, as far as the checks look at them.
fn shown(text: &str) -> String {
    let script = Script::read(text);
    let mut lines = String::new();
    for command in &script.commands {
        let mut line = String::new();
        for assignment in &command.assignments {
            write!(line, "{}={} ", assignment.name, parts(&assignment.value.parts)).unwrap();
        }
        for word in &command.words {
            write!(line, "{} ", parts(&word.parts)).unwrap();
        }
        for redirect in &command.redirects {
            write!(line, "{}{}{} ", redirect.descriptor, redirect.operator, parts(&redirect.target.parts))
                .unwrap();
        }
        let flags = [
            (command.guarded, "guarded"),
            (command.tested, "tested"),
            (command.fed, "fed"),
            (command.piped, "piped"),
            (command.captured, "captured"),
        ];
        let flags: Vec<&str> = flags.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect();
        let function = command.function.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
        writeln!(lines, "{}[{}]{function}", line, flags.join(" ")).unwrap();
    }
    if let Some((at, why)) = script.trouble {
        writeln!(lines, "trouble at {at}: {why}").unwrap();
    }
    lines
}

fn parts(parts: &[Part]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.replace('\n', "\\n"),
            Part::Variable(variable) => {
                let quote = if variable.quoted { "\"" } else { "" };
                let sign = if variable.length {
                    "#"
                } else if variable.indirect {
                    "!"
                } else {
                    ""
                };
                format!(
                    "{quote}<{sign}{}{}{}>{quote}",
                    variable.name,
                    variable.operator,
                    self::parts(&variable.inner)
                )
            }
            Part::Commands(inner) => format!("<{inner:?}>"),
            Part::Arithmetic(text) => format!("<= {text}>"),
        })
        .collect()
}

#[test]
fn words_are_taken_apart_as_bash_does() {
    insta::assert_snapshot!(shown(r##"
echo plain 'single $x' "double $x" un$quoted "${a:-b "$c" d}" a\ b $'tab\t' "" x"y"z # a comment
echo ${#x} ${!x} ${x[@]} "${x[$i]}" ${x/a/$b} ${x%%.*} ${x^^} ${x:+"$y"} $1 $# "$@" $$ a$ "$"
a=1 b+=2 c[3]=x d=(one "$two" $(three)) command arg=$x
local -r e="$f" g
echo $((1 + $n)) `date -u` "$(cat "$file")" <(sort a) {a,b} *.sh !(x|$y)
"##), @r##"
    echo plain single $x double "<x>" un<quoted> "<a:-b "<c>" d>" a b tab	  xyz []
    echo <#x> <!x> <x[@]> "<x[]"<i>">" <x/a/<b>> <x%%.*> <x^^> <x:+"<y>"> <1> <#> "<@>" <$> a$ $ []
    a=1 b=2 c=x d=one"<two>"<3..4> command arg=<x> []
    three [captured]
    e="<f>" local -r g []
    echo <= 1 + $n> <6..7> <7..8> <8..9> {a,b} *.sh !(x|<y>) []
    date -u [captured]
    cat "<file>" [captured]
    sort a [captured]
    "##);
}

#[test]
fn surroundings_are_known() {
    insta::assert_snapshot!(shown(r##"
if ! id app; then useradd app; elif a; then b; else c; fi
test -d /x || mkdir /x && y
while read -r line; do echo "$line"; done <file >out
cat file | grep x |& sort >/dev/null
for i in a "$b"; do one; done; for ((i = 0; i < 3; i++)); do two; done
case $x in a | "b c") three ;; (*) four ;& esac
{ five; six; } 2>&1; (seven)
f() { eight; }
function g { nine; }
[[ $x == *.sh && ! -e $y || $z =~ ^(a|b)[[:space:]]*$ ]] && ((x > 3)) && ten &
"##), @r##"
    id app [tested]
    useradd app [guarded]
    a [tested]
    b [guarded]
    c [guarded]
    test -d /x [tested]
    mkdir /x [guarded tested]
    y [guarded]
    read -r line [tested fed captured]
    echo "<line>" [guarded fed captured]
    <file >out []
    cat file [piped]
    grep x [fed piped]
    sort >/dev/null [fed]
    for i a "<b>" []
    one [guarded]
    for <= i = 0; i < 3; i++> []
    two [guarded]
    case <x> []
    three [guarded]
    four [guarded]
    five []
    six []
    2>&1 []
    seven []
    eight [] in f
    nine [] in g
    [[ <x> == *.sh ! -e <y> <z> =~ ^(a|b)[[:space:]]*$ [tested]
    (( <= x > 3> [guarded tested]
    ten [guarded]
    "##);
}

#[test]
fn here_documents_belong_to_their_commands() {
    insta::assert_snapshot!(shown("cat >a <<EOF <<-'LIT' && b\n$x \"$y\" \\$z `c`\nEOF\n\t$no\n\tLIT\nd <<<\"$s\"\ncat <<OPEN\nx\n"), @r##"
    cat >a <<"<x>" ""<y>"" $z <2..3>\n <<-	$no\n [tested]
    b [guarded]
    c [captured]
    d <<<"<s>" []
    cat <<x\n []
    trouble at 78: the line `OPEN` that ends this text is missing
    "##);
}

#[test]
fn a_runner_is_seen_through() {
    let name = |text: &str| Script::read(text).commands[0].name();
    for (text, expected) in [
        ("env A=b timeout 5 nice -n 3 mysql -p", "mysql"),
        ("runuser -u postgres -- psql", "psql"),
        ("runuser -l app -c 'x'", "runuser"),
        ("command -v nginx", "command"),
        ("command nginx -t", "nginx"),
        ("exec", "exec"),
    ] {
        assert_eq!(name(text).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(name("\"$program\" x"), None);
}

fn scripts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            scripts(&path, found);
        } else if path.extension().is_some_and(|it| it == "sh") {
            found.push(path);
        }
    }
}

#[test]
fn every_script_of_the_tree_is_understood() {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in ["installers", "lab/src"] {
        scripts(&root.join(folder), &mut found);
    }
    assert!(found.len() > 10);
    for path in found {
        let script = Script::read(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(script.trouble, None, "{}", path.display());
        assert!(!script.commands.is_empty());
    }
}

proptest! {
    #[test]
    fn no_text_is_too_strange_to_be_read(text in "\\PC{0,200}") {
        check(&text);
    }

    #[test]
    fn no_script_is_too_strange_to_be_read(text in prop::collection::vec(prop_oneof![
        Just("$("), Just("${"), Just("$(("), Just("))"), Just(")"), Just("}"), Just("`"), Just("\""), Just("'"), Just("\\"),
        Just("if "), Just("then "), Just("fi "), Just("do "), Just("done "), Just("case x in "), Just("esac"), Just(";;"),
        Just("<<EOF\n"), Just("EOF\n"), Just("f() "), Just("[[ "), Just(" ]]"), Just("=~ "), Just("| "), Just("&& "), Just("; "),
        Just("\n"), Just(" "), Just("#"), Just("x"), Just("=("), Just("a=b "), Just("(("), Just("("), Just("{ "), Just("[") , Just("é"),
    ], 0..60)) {
        check(&text.concat());
    }
}

fn check(text: &str) {
    let script = Script::read(text);
    for (_, word) in script.all_words() {
        assert!(word.at <= word.end && word.end <= text.len());
        assert!(text.is_char_boundary(word.at) && text.is_char_boundary(word.end));
        for variable in word.variables() {
            assert!(text.is_char_boundary(variable.at) && text.is_char_boundary(variable.end));
        }
    }
    for part in script.all_words().flat_map(|(_, word)| &word.parts) {
        if let Part::Commands(inner) = part {
            assert!(inner.end <= script.commands.len());
        }
    }
}

#[test]
fn nothing_nests_without_end() {
    for text in [
        "$(",
        "${x:-",
        "f() ",
        "( ",
        "{ ",
        "if ",
        "`",
        "\"$(",
        "[[ (",
        "!(",
        "${x[$",
        "<<E\n$(",
        "case x in (a) ",
    ] {
        check(&text.repeat(20_000));
    }
}
