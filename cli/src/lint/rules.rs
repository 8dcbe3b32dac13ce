//! What `purvey lint` looks for. A code is never used for another rule.

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// It is wrong, or will fail.
    Error,
    /// It is probably wrong, or will surprise somebody.
    Warning,
}

impl Level {
    /// The word in texts, JSON and SARIF.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A rule.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Stable: `PV001`.
    pub(crate) code: &'static str,
    /// A short name.
    pub(crate) name: &'static str,
    pub(crate) level: Level,
    /// What it finds.
    pub(crate) what: &'static str,
    /// Why that is bad.
    pub(crate) why: &'static str,
    /// What to do.
    pub(crate) fix: &'static str,
    /// Whether `# purvey-lint: allow` can silence it.
    pub(crate) can_be_allowed: bool,
}

macro_rules! rules {
    ($($id:ident $code:literal $name:literal $level:ident $($always:ident)? { $what:literal $why:literal $fix:literal })*) => {
        $(pub(crate) const $id: &Rule = &Rule {
            code: $code,
            name: $name,
            level: Level::$level,
            what: $what,
            why: $why,
            fix: $fix,
            can_be_allowed: rules!(@allowed $($always)?),
        };)*

        /// All of them, by code.
        pub(crate) const ALL: &[&Rule] = &[$($id),*];
    };
    (@allowed always) => { false };
    (@allowed) => { true };
}

rules! {
    MANIFEST_PROBLEM "PV001" "manifest-problem" Error always {
        "The manifest is not valid."
        "Nobody can sign, load or run a bundle whose manifest breaks the rules of docs/reference/manifest.md."
        "Do what the message says."
    }
    MANIFEST_REMARK "PV002" "manifest-remark" Warning {
        "The manifest says something that has no effect, or probably not the one that was meant."
        "A rule that never applies looks like protection and is none."
        "Remove it, or say what was meant."
    }
    CANNOT_BE_PACKED "PV003" "cannot-be-packed" Error always {
        "The folder cannot be made into a bundle."
        "A bundle holds plain files only, within limits of size, number and depth, so that it is the same everywhere."
        "Do what the message says; files that begin with a dot and the folder tests are left out anyway."
    }
    TEXT_MISSING "PV004" "text-missing" Warning {
        "A text that people look for is missing: a description, a label, a licence, who looks after it."
        "Forms and catalogues show these texts. Without them a person sees the name of a variable and has to guess."
        "Write it, in a sentence."
    }
    ICON_MISSING "PV005" "icon-missing" Warning {
        "The app has no icon of its own."
        "In a list of apps it cannot be told from the others at a glance."
        "Draw a square SVG, put it beside the manifest, and name it: `icon: icon.svg`."
    }
    ICON_UNSAFE "PV006" "icon-unsafe" Error always {
        "The icon is no harmless SVG: it has a script, an event handler or a reference to something outside, or is too large."
        "A panel shows it to people who are signed in. A script in it would act as them, a reference would tell on them."
        "Draw it with shapes, paths, gradients and text alone, in at most 32 KiB, with a viewBox."
    }
    SCRIPT_MISSING "PV007" "script-missing" Warning {
        "There is no script that uninstalls, or none that verifies."
        "What cannot be removed stays for ever, and nobody notices what broke if nothing checks."
        "Write uninstall.sh and verify.sh, and name them: `uninstall_script: uninstall.sh`, `verify_script: verify.sh`."
    }
    SCRIPT_NOT_RUNNABLE "PV008" "script-not-runnable" Error {
        "A script of an action is not executable, or does not begin with `#!/bin/bash`."
        "The agent starts it as a program, so it would end with 126 at once."
        "Run `chmod +x` on it, and write `#!/bin/bash` as its first line."
    }
    INPUT_UNUSED "PV009" "input-unused" Warning {
        "The manifest asks for an input that no script uses."
        "Whoever fills in the form believes that it does something."
        "Use it in a script, as the variable of its name in upper case, or remove it from the manifest."
    }
    VARIABLE_UNDECLARED "PV010" "variable-undeclared" Error {
        "A script uses a variable in capital letters that is no input, is not provided and is set nowhere."
        "The environment of a script holds the declared inputs and little else, so it is never set: a misspelt input, or one \
         that was forgotten in the manifest."
        "Declare the input, correct the name, or set the variable in the script."
    }
    NOT_SHELL "PV011" "not-shell" Error {
        "The script cannot be read as bash."
        "It would stop in the middle, after having done half of its work."
        "Close the quote, parenthesis or block; `bash -n` and shellcheck say more."
    }
    NOT_STRICT "PV012" "not-strict" Error {
        "The script goes on after a command has failed."
        "A failed command leaves things half done, and the job would be reported as a success."
        "Begin with `. lib/purvey.sh`, which turns strict mode on, or with `set -euo pipefail`."
    }
    SHELLCHECK "PV013" "shellcheck" Warning {
        "shellcheck has found something."
        "It knows the traps of the shell better than people do."
        "Do what it says; `https://www.shellcheck.net/wiki/SC2086` explains SC2086. Silence it with its own comments."
    }
    INTERACTIVE "PV014" "interactive" Error {
        "A command asks a person, or waits for one: read, select, whiptail, an editor, passwd, mysql_secure_installation."
        "There is nobody: standard input is empty and there is no terminal. It fails, or waits until the timeout."
        "Take what it asks for as an input, and give it to the command by an option, a file or a pipe."
    }
    APT_ASKS "PV015" "apt-asks" Error {
        "apt is run without -y."
        "It asks whether to go on, gets no answer and gives up."
        "Use apt_ensure of the library, or write `apt-get install -y`."
    }
    SU_OR_SUDO "PV016" "su-or-sudo" Error {
        "A script changes the user with su or sudo."
        "PAM moves the child into a session of its own, out of the sandbox that stops it at the timeout; and sudo may ask."
        "Use `runuser -u USER -- COMMAND`. A script is root already if its sandbox allows that."
    }
    SECRET_IN_ARGUMENTS "PV017" "secret-in-arguments" Error {
        "A secret is given to a program on its command line."
        "Every user of the host can read the arguments of every process, in /proc and with ps."
        "Give it by standard input (`printf %s \"$SECRET\" | program`), by a file with mode 0600, or by the program's \
         variable: `MYSQL_PWD=$SECRET mysql`."
    }
    SECRET_SHOWN "PV018" "secret-shown" Error {
        "A secret is printed, or tracing shows every command with its values."
        "The output of a script is kept as the job's log. The agent masks what it knows, not what was cut, quoted or encoded."
        "Do not print it; write it where it belongs. Remove `set -x`."
    }
    INPUT_AS_CODE "PV019" "input-as-code" Error {
        "An input becomes a part of a command text that a shell or another interpreter reads."
        "Whoever fills in the form could run anything, as root."
        "Pass it as an argument or in the environment, and let the text name it: `bash -c '... \"$1\"' _ \"$INPUT\"`."
    }
    PIPED_TO_SHELL "PV020" "piped-to-shell" Error {
        "Something that was just downloaded is run."
        "Whoever has the server, or the way to it, runs what they like as root; nothing that was signed says what that is."
        "Put it into the bundle, or download to a file, compare its SHA-256 with one in the bundle, and run that."
    }
    UNQUOTED_INPUT "PV021" "unquoted-input" Error {
        "An input is expanded without quotes."
        "The shell splits it at spaces and takes `*` in it for file names."
        "Put double quotes around it: `\"$INPUT\"`."
    }
    RAW_IN_CONFIGURATION "PV022" "raw-in-configuration" Warning {
        "A free text is put into a here-document as it is."
        "A quote, a line end or a sign with a meaning in that file changes more than the value."
        "Quote it for the language of the file, with a function of the library, or narrow the input by a type or a pattern."
    }
    APPENDS "PV023" "appends" Warning {
        "A line is appended to a file."
        "It is there twice after the second run, and installs run again."
        "Write the file as a whole with write_file, or ask first: `grep -qxF LINE FILE || ... >>FILE`."
    }
    ACCOUNT_UNCHECKED "PV024" "account-unchecked" Warning {
        "A user or group is made without a look whether it is there."
        "The second run fails, as it is there already."
        "Ask first: `getent passwd NAME >/dev/null || useradd --system NAME`."
    }
    MKDIR_UNCHECKED "PV025" "mkdir-unchecked" Warning {
        "A folder is made without -p."
        "The second run fails, as it is there already."
        "Write `mkdir -p`, or use own_dir, which remembers what this install made."
    }
    LINK_UNCHECKED "PV026" "link-unchecked" Warning {
        "A link is made without -f and -n."
        "The second run fails, as it is there already, or makes another link inside the folder that the first one leads to."
        "Write `ln -sfn`."
    }
    RESTARTS_ALWAYS "PV027" "restarts-always" Warning {
        "A service is restarted or reloaded in every run."
        "A run that changes nothing must not disturb anybody: connections are cut although all was well."
        "Ask first: `if txn_changed; then systemctl reload NAME; fi`."
    }
    REMOVE_UNCHECKED "PV028" "remove-unchecked" Warning {
        "Something is removed without -f."
        "The second run fails, as it is gone already; and rm may ask."
        "Write `rm -f`, or use remove_file or disown_file."
    }
    ALLOWED_WITHOUT_REASON "PV090" "allowed-without-reason" Error always {
        "A finding is silenced without a reason, or in a way that cannot be."
        "Whoever reads it next cannot tell whether it still holds."
        "Write `# purvey-lint: allow PV023 because REASON`, with the code of a rule."
    }
    ALLOWED_IN_VAIN "PV091" "allowed-in-vain" Warning always {
        "A finding is silenced that is not there."
        "It would hide the next one, which nobody has thought about."
        "Remove the comment."
    }
}

/// The rule of that code, or of that name.
pub(crate) fn of(code: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.code.eq_ignore_ascii_case(code) || rule.name == code).copied()
}

impl Rule {
    /// All that there is to say about it.
    pub(crate) fn explained(&self) -> String {
        let silence = match self.can_be_allowed {
            true => format!(
                "Where it does not apply, say so on the line above: # purvey-lint: allow {} because REASON",
                self.code
            ),
            false => "It cannot be silenced.".to_owned(),
        };
        let Self { code, name, level, what, why, fix, .. } = self;
        format!("{code} {name} ({})\n\n{what}\n{why}\n\nWhat to do: {fix}\n{silence}\n", level.as_str())
    }
}
