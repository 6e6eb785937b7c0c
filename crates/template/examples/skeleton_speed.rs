//! Renders a tree of 3 KB files and copies the same tree, and prints both in MB/s.
//!
//! `cargo run --release -p causeway-template --example skeleton_speed [FILES] [ROUNDS]`

#![expect(clippy::print_stdout, reason = "a benchmark's result is its output")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use causeway_template::Engine;
use causeway_template::skeleton::{EntryKind, Folder, MemoryTree, Options, Skeleton, Source};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (files, rounds) = (number(1000)?, number(5)?);
    let workspace = tempfile::tempdir()?;
    let source = workspace.path().join("skeleton");
    let bytes = write_skeleton(&source, files)?;
    let options: Options = serde_json::from_value(json!({"values": {
        "name": "payment-service", "owner": "group:default/payments", "description": "Takes \"payments\"", "database": true,
        "ports": [8080, 9090], "labels": {"tier": "backend", "team": "payments"}
    }}))?;
    let skeleton = Skeleton::new(&Engine::backstage(), &options)?;
    let in_memory = read_tree(&source)?;
    let mut best = [Duration::MAX; 4];
    for round in 0..rounds {
        let copied = timed(|| copy_tree(&source, &workspace.path().join(format!("copy-{round}"))))?;
        let rendered = timed(|| skeleton.render(&Folder::new(&source)).map(drop).map_err(Into::into))?;
        let from_memory = timed(|| skeleton.render(&in_memory).map(drop).map_err(Into::into))?;
        let target = workspace.path().join(format!("rendered-{round}"));
        let written = timed(|| {
            skeleton.render(&Folder::new(&source))?.write_to(&target, false)?;
            Ok(())
        })?;
        for (best, measured) in best.iter_mut().zip([copied, from_memory, rendered, written]) {
            *best = (*best).min(measured);
        }
    }
    let rate = |duration: Duration| bytes as f64 / 1e6 / duration.as_secs_f64();
    println!("{files} files, {:.1} MB, best of {rounds}", bytes as f64 / 1e6);
    println!("render, memory to memory  {:8.1} MB/s", rate(best[1]));
    println!("render, disk to memory    {:8.1} MB/s", rate(best[2]));
    println!("render, disk to disk      {:8.1} MB/s", rate(best[3]));
    println!("plain copy, disk to disk  {:8.1} MB/s", rate(best[0]));
    println!("render / copy             {:8.2}", best[0].as_secs_f64() / best[3].as_secs_f64());
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// Writes files of about 3 KB as skeletons have them: mostly text, a tag every few lines. Gives their size in bytes.
fn write_skeleton(root: &Path, files: usize) -> Result<usize, Box<dyn Error>> {
    let mut content =
        String::from("# ${{ values.name | title }}\n\n{% if values.database %}\nneeds: database\n{% endif %}\n");
    while content.len() < 3000 {
        content.push_str("app: ${{ values.name }}\nowner: ${{ values.owner | dump }}\n");
        content.push_str("{% for port in values.ports %}- port: ${{ port }}\n{% endfor %}");
        content.push_str("func main() { log.Println(\"a line of code without any tag in it\") }\n".repeat(4).as_str());
        content.push_str("{%- if values.labels.tier == 'backend' and values.name.length > 3 %}\ntier: ${{ values.labels.tier | upper }}\n{%- endif %}\n");
    }
    for index in 0..files {
        let folder = root.join(format!("folder-{}/${{{{ values.name }}}}", index % 20));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("file-{index}.txt")), &content)?;
    }
    Ok(files * content.len())
}

fn read_tree(root: &Path) -> Result<MemoryTree, Box<dyn Error>> {
    let mut tree = MemoryTree::new();
    for entry in Folder::new(root).entries()? {
        if let EntryKind::File { mode } = entry.kind {
            let content = fs::read(root.join(&entry.path))?;
            tree = tree.with_mode(entry.path, mode, content);
        }
    }
    Ok(tree)
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
