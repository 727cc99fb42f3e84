//! The languages that are coloured, and what they are called.

use super::words::{Mark, Quote, Words};
use super::{Reader, markup, rows, style};

/// A language.
#[derive(Debug)]
pub(crate) struct Language {
    /// What a person calls it.
    pub(crate) label: &'static str,
    /// What is written behind the fence, in small letters.
    pub(crate) names: &'static [&'static str],
    scan: Scan,
}

#[derive(Debug)]
enum Scan {
    Words(Words),
    Markup,
    Style,
    Diff,
    Markdown,
}

impl Language {
    pub(super) fn scan(&self, reader: &mut Reader<'_>) {
        match &self.scan {
            Scan::Words(words) => words.scan(reader),
            Scan::Markup => markup::scan(reader),
            Scan::Style => style::scan(reader),
            Scan::Diff => rows::diff(reader),
            Scan::Markdown => rows::markdown(reader),
        }
    }

    const fn new(label: &'static str, names: &'static [&'static str], words: Words) -> Self {
        Self {
            label,
            names,
            scan: Scan::Words(words),
        }
    }
}

/// The language that is meant by what stands behind a fence, if we know it.
pub(crate) fn named(info: &str) -> Option<&'static Language> {
    let name = info
        .trim_start_matches(['{', '.', ' '])
        .split([' ', ',', '{', '}', ':', '\t'])
        .next()
        .filter(|it| !it.is_empty() && it.len() <= MAX_NAME_BYTES)?
        .to_ascii_lowercase();
    all().find(|it| it.names.contains(&name.as_str()))
}

pub(super) fn all() -> impl Iterator<Item = &'static Language> {
    LANGUAGES.iter()
}

/// The labels of all languages.
pub(crate) const LABELS: [&str; LANGUAGES.len()] = {
    let mut labels = [""; LANGUAGES.len()];
    let mut at = 0;
    while at < labels.len() {
        labels[at] = LANGUAGES[at].label;
        at += 1;
    }
    labels
};

/// No name of a language is longer.
const MAX_NAME_BYTES: usize = 24;

const fn quote(mark: &'static str) -> Quote {
    Quote {
        open: mark,
        close: mark,
        escape: Some('\\'),
        lines: false,
    }
}

const fn plain(mark: &'static str) -> Quote {
    Quote {
        escape: None,
        ..quote(mark)
    }
}

const fn long(mark: &'static str) -> Quote {
    Quote {
        lines: true,
        ..quote(mark)
    }
}

const fn raw(open: &'static str, close: &'static str) -> Quote {
    Quote {
        open,
        close,
        escape: None,
        lines: true,
    }
}

const DOUBLE: Quote = quote("\"");
const SINGLE: Quote = quote("'");
const BACKTICK: Quote = long("`");
const TRIPLE: Quote = long("\"\"\"");

/// What most languages have in common; each then says what differs.
const BRACES: Words = Words {
    line: &["//"],
    block: &[("/*", "*/")],
    quotes: &[DOUBLE, SINGLE],
    keywords: "",
    types: "",
    literals: "true false null",
    joiners: "",
    marks: &[],
};

const HASHES: Words = Words {
    line: &["#"],
    block: &[],
    ..BRACES
};

const C: Words = Words {
    keywords: "auto break case const continue default do else enum extern for goto if inline \
        register restrict return sizeof static struct switch typedef union volatile while \
        _Alignas _Atomic _Noreturn _Static_assert",
    types: "bool char double float int long short signed unsigned void size_t ssize_t int8_t \
        int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t uintptr_t intptr_t FILE",
    literals: "true false NULL nullptr",
    marks: &[Mark::Hash],
    ..BRACES
};

/// JavaScript is read as TypeScript: what only one of them has is seldom a name in the other.
pub(super) const TYPESCRIPT: Words = Words {
    quotes: &[DOUBLE, SINGLE, BACKTICK],
    keywords: "abstract as async await break case catch class const continue debugger declare \
        default delete do else enum export extends finally for from function get if implements \
        import in infer instanceof interface is keyof let module namespace new of private \
        protected public readonly return satisfies set static super switch this throw try type \
        typeof using var void while with yield",
    types: "any bigint boolean never number object string symbol unknown",
    literals: "true false null undefined NaN Infinity",
    joiners: "$",
    marks: &[Mark::At, Mark::Slashes, Mark::CapitalTypes],
    ..BRACES
};

const SHELL: Words = Words {
    quotes: &[
        Quote {
            lines: true,
            ..DOUBLE
        },
        raw("'", "'"),
        BACKTICK,
    ],
    keywords: "if then else elif fi for while until do done case esac in function select time \
        return exit break continue local export readonly declare unset set shift source alias cd \
        echo printf read test eval exec trap sudo",
    literals: "true false",
    joiners: "-",
    marks: &[Mark::Dollar],
    ..HASHES
};

const LISP: Words = Words {
    line: &[";"],
    block: &[("#|", "|#")],
    quotes: &[Quote {
        lines: true,
        ..DOUBLE
    }],
    keywords: "def defn defn- defmacro defmulti defmethod defprotocol defrecord deftype defun \
        defvar defparameter define lambda fn let let* letrec loop recur if when unless cond case \
        do begin progn quote set! setq ns require import use for doseq dotimes try catch throw",
    literals: "nil true false t",
    joiners: "-?!*+<>=/:.&%",
    ..BRACES
};

static LANGUAGES: [Language; 52] = [
    Language::new(
        "Assembly",
        &["asm", "assembly", "nasm", "s"],
        Words {
            line: &[";", "#", "//"],
            keywords: "mov lea push pop call ret jmp je jne jz jnz jg jge jl jle ja jb add sub mul \
                imul div idiv inc dec and or xor not shl shr cmp test nop int syscall section \
                global extern db dw dd dq resb ldr str bl b beq bne",
            types: "rax rbx rcx rdx rsi rdi rbp rsp eax ebx ecx edx esi edi ebp esp r8 r9 r10 r11 \
                r12 r13 r14 r15 x0 x1 x2 x3 sp lr pc",
            literals: "",
            marks: &[Mark::AnyCase],
            ..BRACES
        },
    ),
    Language::new(
        "Batch",
        &["bat", "batch", "cmd"],
        Words {
            line: &["::", "REM ", "rem "],
            block: &[],
            quotes: &[plain("\"")],
            keywords: "if else for in do goto call exit set echo setlocal endlocal shift pause \
                not exist defined",
            literals: "on off",
            marks: &[Mark::AnyCase],
            ..BRACES
        },
    ),
    Language::new("C", &["c", "h"], C),
    Language::new(
        "C#",
        &["csharp", "cs", "c#"],
        Words {
            quotes: &[TRIPLE, raw("@\"", "\""), DOUBLE, SINGLE],
            keywords: "abstract as async await base break case catch checked class const continue \
                default delegate do else enum event explicit extern finally fixed for foreach get \
                goto if implicit in init interface internal is lock namespace new operator out \
                override params private protected public readonly record ref required return \
                sealed set sizeof stackalloc static struct switch this throw try typeof unchecked \
                unsafe using var virtual void volatile when where while with yield",
            types: "bool byte char decimal double dynamic float int long object sbyte short string \
                uint ulong ushort nint nuint",
            marks: &[Mark::Hash, Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "C++",
        &["cpp", "c++", "cc", "cxx", "hpp", "hh", "arduino", "ino"],
        Words {
            quotes: &[raw("R\"(", ")\""), DOUBLE, SINGLE],
            keywords: "alignas alignof and auto break case catch class co_await co_return co_yield \
                concept const consteval constexpr constinit const_cast continue decltype default \
                delete do dynamic_cast else enum explicit export extern final for friend goto if \
                inline mutable namespace new noexcept not operator or override private protected \
                public register reinterpret_cast requires return sizeof static static_assert \
                static_cast struct switch template this thread_local throw try typedef typeid \
                typename union using virtual volatile while",
            types: "bool char char8_t char16_t char32_t double float int long short signed \
                unsigned void wchar_t size_t string vector map set int8_t int16_t int32_t int64_t \
                uint8_t uint16_t uint32_t uint64_t",
            literals: "true false nullptr NULL",
            ..C
        },
    ),
    Language {
        label: "CSS",
        names: &["css"],
        scan: Scan::Style,
    },
    Language::new("Clojure", &["clojure", "clj", "cljs", "edn"], LISP),
    Language::new(
        "CMake",
        &["cmake"],
        Words {
            quotes: &[DOUBLE],
            keywords: "if elseif else endif foreach endforeach while endwhile function \
                endfunction macro endmacro return include",
            literals: "ON OFF TRUE FALSE",
            marks: &[Mark::Dollar, Mark::AnyCase],
            ..HASHES
        },
    ),
    Language::new(
        "Dart",
        &["dart"],
        Words {
            quotes: &[TRIPLE, long("'''"), DOUBLE, SINGLE],
            keywords: "abstract as assert async await base break case catch class const continue \
                covariant default deferred do dynamic else enum export extends extension external \
                factory final finally for get if implements import in interface is late library \
                mixin new on operator part required rethrow return sealed set show static super \
                switch sync this throw try typedef var void when while with yield",
            types: "int double num bool",
            marks: &[Mark::At, Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language {
        label: "Diff",
        names: &["diff", "patch"],
        scan: Scan::Diff,
    },
    Language::new(
        "Dockerfile",
        &["dockerfile", "docker", "containerfile"],
        Words {
            keywords: "FROM AS RUN CMD LABEL EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR \
                ARG ONBUILD STOPSIGNAL HEALTHCHECK SHELL",
            literals: "",
            marks: &[Mark::Dollar],
            ..HASHES
        },
    ),
    Language::new(
        "Elixir",
        &["elixir", "ex", "exs"],
        Words {
            quotes: &[TRIPLE, DOUBLE, SINGLE],
            keywords: "after alias and case catch cond def defdelegate defexception defimpl \
                defmacro defmodule defp defprotocol defstruct do else end fn for if import in not \
                or quote raise receive require rescue try unless unquote use when with",
            literals: "true false nil",
            joiners: "?!",
            marks: &[Mark::At, Mark::CapitalTypes],
            ..HASHES
        },
    ),
    Language::new(
        "Erlang",
        &["erlang", "erl"],
        Words {
            line: &["%"],
            block: &[],
            keywords: "after and andalso begin bnot bor bsl bsr bxor case catch cond div end fun \
                if let maybe not of or orelse receive rem try when xor",
            literals: "true false undefined ok error",
            marks: &[Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "F#",
        &["fsharp", "fs", "f#"],
        Words {
            block: &[("(*", "*)")],
            quotes: &[TRIPLE, DOUBLE],
            keywords: "abstract and as assert base begin class default delegate do done downcast \
                downto elif else end exception extern finally fixed for fun function if in inherit \
                inline interface internal lazy let match member module mutable namespace new not \
                of open or override private public rec return static struct then to try type \
                upcast use val void when while with yield",
            types: "int float string bool unit list seq option byte char decimal",
            marks: &[Mark::Ticks, Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "Go",
        &["go", "golang"],
        Words {
            quotes: &[DOUBLE, SINGLE, raw("`", "`")],
            keywords: "break case chan const continue default defer else fallthrough for func go \
                goto if import interface map package range return select struct switch type var",
            types: "any bool byte comparable complex64 complex128 error float32 float64 int int8 \
                int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr",
            literals: "true false nil iota",
            marks: &[Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "GraphQL",
        &["graphql", "gql"],
        Words {
            quotes: &[TRIPLE, DOUBLE],
            keywords: "query mutation subscription fragment on type interface union enum input \
                scalar schema directive extend implements",
            types: "Int Float String Boolean ID",
            marks: &[Mark::At, Mark::Dollar, Mark::CapitalTypes],
            ..HASHES
        },
    ),
    Language {
        label: "HTML",
        names: &[
            "html",
            "htm",
            "xhtml",
            "vue",
            "svelte",
            "astro",
            "jinja",
            "handlebars",
        ],
        scan: Scan::Markup,
    },
    Language::new(
        "Haskell",
        &["haskell", "hs"],
        Words {
            line: &["--"],
            block: &[("{-", "-}")],
            quotes: &[DOUBLE],
            keywords: "case class data default deriving do else family forall foreign if import in \
                infix infixl infixr instance let module newtype of qualified then type where",
            literals: "True False Nothing otherwise",
            joiners: "'",
            marks: &[Mark::Ticks, Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "INI",
        &[
            "ini",
            "cfg",
            "conf",
            "properties",
            "dotenv",
            "env",
            "editorconfig",
            "desktop",
            "systemd",
        ],
        Words {
            line: &["#", ";"],
            block: &[],
            literals: "true false yes no on off",
            joiners: "-.",
            marks: &[Mark::EqualsKeys],
            ..BRACES
        },
    ),
    Language::new(
        "JSON",
        &["json", "jsonc", "json5", "ndjson", "jsonl", "webmanifest"],
        Words {
            marks: &[Mark::ColonKeys],
            ..BRACES
        },
    ),
    Language::new(
        "Java",
        &["java"],
        Words {
            quotes: &[TRIPLE, DOUBLE, SINGLE],
            keywords: "abstract assert break case catch class const continue default do else enum \
                extends final finally for goto if implements import instanceof interface module \
                native new non-sealed package permits private protected public record requires \
                return sealed static strictfp super switch synchronized this throw throws \
                transient try var void volatile when while yield",
            types: "boolean byte char double float int long short",
            marks: &[Mark::At, Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "JavaScript",
        &["javascript", "js", "jsx", "mjs", "cjs", "node"],
        TYPESCRIPT,
    ),
    Language::new(
        "Julia",
        &["julia", "jl"],
        Words {
            block: &[("#=", "=#")],
            quotes: &[TRIPLE, DOUBLE],
            keywords: "abstract baremodule begin break catch const continue do else elseif end \
                export finally for function global if import in let local macro module mutable \
                primitive quote return struct try type using where while",
            literals: "true false nothing missing",
            joiners: "!",
            marks: &[Mark::At, Mark::CapitalTypes],
            ..HASHES
        },
    ),
    Language::new(
        "Kotlin",
        &["kotlin", "kt", "kts"],
        Words {
            quotes: &[TRIPLE, DOUBLE, SINGLE],
            keywords: "abstract actual annotation as break by catch class companion const \
                constructor continue crossinline data do else enum expect external final finally \
                for fun get if import in infix init inline inner interface internal is lateinit \
                noinline object open operator out override package private protected public \
                reified return sealed set super suspend tailrec this throw try typealias val \
                value var vararg when where while",
            marks: &[Mark::At, Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "LaTeX",
        &["latex", "tex"],
        Words {
            line: &["%"],
            block: &[],
            quotes: &[Quote {
                escape: None,
                ..raw("$", "$")
            }],
            keywords: "\\begin \\end \\documentclass \\usepackage \\newcommand \\section \
                \\subsection \\chapter \\item \\label \\ref \\cite \\textbf \\textit \\emph \
                \\frac \\sum \\int",
            literals: "",
            joiners: "\\",
            ..BRACES
        },
    ),
    Language::new(
        "Lisp",
        &["lisp", "scheme", "elisp", "racket", "commonlisp"],
        LISP,
    ),
    Language::new(
        "Lua",
        &["lua", "luau"],
        Words {
            line: &["--"],
            block: &[("--[[", "]]")],
            quotes: &[raw("[[", "]]"), DOUBLE, SINGLE],
            keywords: "and break do else elseif end for function goto if in local not or repeat \
                return then until while",
            literals: "true false nil",
            ..BRACES
        },
    ),
    Language::new(
        "Makefile",
        &["makefile", "make", "mk"],
        Words {
            keywords: "ifeq ifneq ifdef ifndef else endif include define endef export override \
                .PHONY",
            literals: "",
            joiners: "-.",
            marks: &[Mark::Dollar, Mark::ColonKeys],
            ..HASHES
        },
    ),
    Language {
        label: "Markdown",
        names: &["markdown", "md", "mdx"],
        scan: Scan::Markdown,
    },
    Language::new(
        "Nix",
        &["nix"],
        Words {
            block: &[("/*", "*/")],
            quotes: &[
                raw("''", "''"),
                Quote {
                    lines: true,
                    ..DOUBLE
                },
            ],
            keywords: "assert else if in inherit let or rec then with import builtins",
            joiners: "-'",
            marks: &[Mark::EqualsKeys],
            ..HASHES
        },
    ),
    Language::new(
        "OCaml",
        &["ocaml", "ml", "reasonml"],
        Words {
            line: &[],
            block: &[("(*", "*)")],
            quotes: &[DOUBLE],
            keywords: "and as assert begin class constraint do done downto else end exception \
                external for fun function functor if in include inherit initializer lazy let match \
                method module mutable new nonrec object of open or private rec sig struct then to \
                try type val virtual when while with",
            types: "int float string bool unit list array option char bytes",
            marks: &[Mark::Ticks, Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "PHP",
        &["php"],
        Words {
            line: &["//", "#"],
            keywords: "abstract and as break case catch class clone const continue declare default \
                do echo else elseif empty enddeclare endfor endforeach endif endswitch endwhile \
                enum extends final finally fn for foreach function global goto if implements \
                include include_once instanceof insteadof interface isset list match namespace new \
                or print private protected public readonly require require_once return static \
                switch throw trait try unset use var while xor yield",
            types: "array bool callable float int iterable mixed never object string void",
            marks: &[Mark::Dollar, Mark::HashBrackets, Mark::AnyCase],
            ..BRACES
        },
    ),
    Language::new(
        "Perl",
        &["perl", "pl", "pm"],
        Words {
            keywords: "and cmp continue die do each else elsif eq eval exit for foreach ge given \
                gt if keys last le local lt my ne next no not or our package print printf push \
                redo require return say shift sub tie undef unless until use values wantarray when \
                while xor",
            literals: "",
            marks: &[Mark::Dollar, Mark::AtVariable],
            ..HASHES
        },
    ),
    Language::new(
        "PowerShell",
        &["powershell", "ps1", "pwsh", "ps"],
        Words {
            block: &[("<#", "#>")],
            quotes: &[raw("@\"", "\"@"), plain("\""), plain("'")],
            keywords: "begin break catch class continue data do dynamicparam else elseif end enum \
                exit filter finally for foreach from function if in param process return switch \
                throw trap try until using while",
            literals: "",
            joiners: "-",
            marks: &[Mark::Dollar, Mark::AnyCase],
            ..HASHES
        },
    ),
    Language::new(
        "Protobuf",
        &["protobuf", "proto"],
        Words {
            keywords: "syntax package import option message enum service rpc returns stream oneof \
                map repeated optional required reserved extend extensions to",
            types: "double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 \
                sfixed64 bool string bytes",
            literals: "true false",
            marks: &[Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "Python",
        &["python", "py", "py3", "python3", "pyi", "pycon", "ipython"],
        Words {
            quotes: &[TRIPLE, long("'''"), DOUBLE, SINGLE],
            keywords: "and as assert async await break case class continue def del elif else \
                except finally for from global if import in is lambda match nonlocal not or pass \
                raise return try type while with yield",
            types: "bool bytes complex dict float frozenset int list object set str tuple",
            literals: "True False None self cls",
            marks: &[Mark::At],
            ..HASHES
        },
    ),
    Language::new(
        "R",
        &["r", "rscript"],
        Words {
            keywords: "if else repeat while function for in next break library require return",
            literals: "TRUE FALSE NULL NA NaN Inf",
            joiners: ".",
            ..HASHES
        },
    ),
    Language::new(
        "Ruby",
        &["ruby", "rb", "gemfile", "rake"],
        Words {
            block: &[("=begin", "=end")],
            keywords: "alias and begin break case class def defined? do else elsif end ensure for \
                if in module next not or private protected public raise redo require \
                require_relative rescue retry return super then undef unless until when while \
                yield attr_accessor attr_reader attr_writer include extend puts",
            literals: "true false nil self",
            joiners: "?!",
            marks: &[Mark::AtVariable, Mark::Dollar, Mark::CapitalTypes],
            ..HASHES
        },
    ),
    Language::new(
        "Rust",
        &["rust", "rs"],
        Words {
            quotes: &[Quote {
                lines: true,
                ..DOUBLE
            }],
            keywords: "as async await break const continue crate dyn else enum extern fn for if \
                impl in let loop macro_rules match mod move mut pub ref return static struct super \
                trait type union unsafe use where while yield",
            types: "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize",
            literals: "true false self Self None Some Ok Err",
            marks: &[
                Mark::Ticks,
                Mark::HashBrackets,
                Mark::RawHashes,
                Mark::CapitalTypes,
            ],
            ..BRACES
        },
    ),
    Language {
        label: "SCSS",
        names: &["scss", "sass", "less", "stylus"],
        scan: Scan::Style,
    },
    Language::new(
        "SQL",
        &[
            "sql",
            "postgres",
            "postgresql",
            "psql",
            "mysql",
            "sqlite",
            "plsql",
            "tsql",
        ],
        Words {
            line: &["--"],
            quotes: &[raw("'", "'"), plain("\""), plain("`")],
            keywords: "add all alter and as asc begin between by case check column commit \
                constraint create cross database default delete desc distinct drop else end except \
                exists explain fetch foreign from full function grant group having if in index \
                inner insert intersect into is join key left like limit natural not offset on or \
                order outer over partition primary procedure references returning revoke right \
                rollback select set table then to transaction trigger union unique update using \
                values view when where window with",
            types: "bigint binary bit blob boolean bool char character date datetime decimal \
                double float int integer interval json jsonb numeric real serial smallint text \
                time timestamp timestamptz tinyint uuid varchar",
            literals: "true false null",
            marks: &[Mark::AnyCase],
            ..BRACES
        },
    ),
    Language::new(
        "Scala",
        &["scala", "sc"],
        Words {
            quotes: &[TRIPLE, DOUBLE],
            keywords: "abstract case catch class def derives do else end enum export extends \
                extension final finally for forSome given if implicit import infix inline lazy \
                match new object open opaque override package private protected return sealed \
                super then this throw trait transparent try type using val var while with yield",
            marks: &[Mark::At, Mark::Ticks, Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "Shell",
        &[
            "sh",
            "bash",
            "shell",
            "zsh",
            "fish",
            "console",
            "shell-session",
            "terminal",
            "ksh",
        ],
        SHELL,
    ),
    Language::new(
        "Solidity",
        &["solidity", "sol"],
        Words {
            keywords: "abstract as assembly break calldata constant constructor continue contract \
                delete do else emit enum error event external fallback for function if immutable \
                import indexed interface internal is library mapping memory modifier new override \
                payable pragma private public pure receive return returns revert storage struct \
                this try unchecked using view virtual while",
            types: "address bool bytes bytes32 int int256 string uint uint8 uint256",
            marks: &[Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "Swift",
        &["swift"],
        Words {
            quotes: &[TRIPLE, DOUBLE],
            keywords: "actor any as associatedtype async await break case catch class continue \
                default defer deinit do else enum extension fallthrough fileprivate final for func \
                get guard if import in indirect init inout internal is lazy let mutating open \
                operator override private protocol public repeat required rethrows return self set \
                some static struct subscript super switch throw throws try typealias unowned var \
                weak where while willSet",
            literals: "true false nil",
            marks: &[Mark::At, Mark::CapitalTypes],
            ..BRACES
        },
    ),
    Language::new(
        "TOML",
        &["toml"],
        Words {
            quotes: &[TRIPLE, raw("'''", "'''"), DOUBLE, plain("'")],
            literals: "true false inf nan",
            joiners: "-.",
            marks: &[Mark::EqualsKeys],
            ..HASHES
        },
    ),
    Language::new(
        "Terraform",
        &["terraform", "tf", "hcl"],
        Words {
            line: &["#", "//"],
            quotes: &[DOUBLE],
            keywords: "resource data variable output provider module locals terraform for in if \
                dynamic",
            marks: &[Mark::EqualsKeys],
            ..BRACES
        },
    ),
    Language::new(
        "TypeScript",
        &["typescript", "ts", "tsx", "mts", "cts"],
        TYPESCRIPT,
    ),
    Language::new(
        "Vim",
        &["vim", "viml", "vimscript"],
        Words {
            line: &["\""],
            block: &[],
            quotes: &[plain("'")],
            keywords: "if elseif else endif for endfor while endwhile function endfunction return \
                let unlet set setlocal call execute command autocmd augroup map nmap imap vmap \
                noremap nnoremap inoremap vnoremap syntax highlight",
            literals: "",
            joiners: ":",
            ..BRACES
        },
    ),
    Language {
        label: "XML",
        names: &["xml", "svg", "rss", "atom", "plist", "xsl", "xsd", "kml"],
        scan: Scan::Markup,
    },
    Language::new(
        "YAML",
        &["yaml", "yml"],
        Words {
            literals: "true false null yes no on off",
            joiners: "-.",
            marks: &[Mark::ColonKeys],
            ..HASHES
        },
    ),
    Language::new(
        "Zig",
        &["zig"],
        Words {
            block: &[],
            keywords: "align allowzero and anyframe anytype asm async await break callconv catch \
                comptime const continue defer else enum errdefer error export extern fn for if \
                inline noalias nosuspend opaque or orelse packed pub resume return struct suspend \
                switch test threadlocal try union unreachable usingnamespace var volatile while",
            types: "bool f16 f32 f64 f128 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize void \
                type anyerror noreturn",
            literals: "true false null undefined",
            marks: &[Mark::At],
            ..BRACES
        },
    ),
];
