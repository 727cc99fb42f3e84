//! What a message looks like, as pairs of files: `<name>.md` becomes `<name>.html`. Those whose
//! name begins with `plain` are shown without links; Ann is here, and Box is the reader.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_text_becomes_the_html_beside_it() {
    let mut different = Vec::new();
    let written = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let texts = files("md");
    assert!(texts.len() >= 12, "the pairs are missing");

    for file in texts {
        let text = fs::read_to_string(&file).expect("a readable text");
        let expected = fs::read_to_string(file.with_extension("html")).unwrap_or_default();
        let html = broken_into_lines(render::markdown(text.trim_end(), &context(&file)).as_str());
        if html != expected {
            different.push(format!("{}\n{html}", file.display()));
            let name = file.with_extension("html");
            fs::write(written.join(name.file_name().expect("a name")), html)
                .expect("a writable folder");
        }
    }

    assert!(
        different.is_empty(),
        "these came out otherwise, and lie in {}:\n{}",
        written.display(),
        different.join("\n")
    );
}

fn context(file: &Path) -> render::Context<'static> {
    let name = file.file_name().and_then(|it| it.to_str());
    render::Context {
        names: &["Ann", "Ann Lee", "Box"],
        own_names: &["Box"],
        plain: name.is_some_and(|it| it.starts_with("plain")),
    }
}

/// A line for every block, so that a person can read the files and their differences.
fn broken_into_lines(html: &str) -> String {
    let mut lines = html.to_owned();
    for end in [
        "</p>",
        "</li>",
        "<ul>",
        "</tr>",
        "</h3>",
        "</h4>",
        "</h5>",
        "</h6>",
        "</pre>",
        "<blockquote>",
        "</blockquote>",
        "</ul>",
        "</ol>",
        "</div>",
    ] {
        lines = lines.replace(end, &format!("{end}\n"));
    }
    lines.trim_end().to_owned() + "\n"
}

fn files(extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder of pairs")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect();
    files.sort();
    files
}
