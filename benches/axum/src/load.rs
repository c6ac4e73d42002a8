//! Requests over connections that are kept: as many as possible, or at a fixed rate.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Outcome;

/// What is asked again and again.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) address: SocketAddr,
    pub(crate) request: Vec<u8>,
}

/// What a client sends of its own accord: this one is `httpx`.
const OF_A_CLIENT: &str = "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\n\
    Connection: keep-alive\r\nUser-Agent: python-httpx/0.28.1\r\n";

impl Question {
    /// `GET path` with one header more.
    pub(crate) fn get(address: SocketAddr, path: &str, header: &str) -> Self {
        let separator = if header.is_empty() { "" } else { "\r\n" };
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{OF_A_CLIENT}{header}{separator}\r\n");
        Self { address, request: request.into_bytes() }
    }

    /// `POST path` with JSON.
    pub(crate) fn post(address: SocketAddr, path: &str, body: &str) -> Self {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Self { address, request: request.into_bytes() }
    }
}

/// One kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request, and gives the status and the body of its answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Outcome<(u16, Vec<u8>)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server has hung up".into());
            }
            let Some(end) = find(&self.buffer, b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&self.buffer[..end])?;
            let status = head.get(9..12).ok_or("no status")?.parse()?;
            let length = length(head)?;
            let body = end + 4;
            while self.buffer.len() < body + length {
                if self.stream.read_buf(&mut self.buffer).await? == 0 {
                    return Err("the server has hung up".into());
                }
            }
            return Ok((status, self.buffer[body..body + length].to_vec()));
        }
    }

    /// Sends a request, and gives the lines before the body of its answer.
    pub(crate) async fn head_of(&mut self, request: &[u8]) -> Outcome<String> {
        self.ask(request).await?;
        let end = find(&self.buffer, b"\r\n\r\n").unwrap_or_default();
        Ok(String::from_utf8(self.buffer[..end].to_vec())?)
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn length(head: &str) -> Outcome<usize> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next().map_or(Ok(0), |(_, value)| Ok(value.trim().parse()?))
}

/// Requests a second over so many connections, each of which asks again at once.
pub(crate) async fn throughput(
    question: &Question,
    connections: usize,
    time: Duration,
) -> Outcome<f64> {
    let mut tasks = JoinSet::new();
    let begin = Instant::now();
    for _ in 0..connections {
        let question = question.clone();
        tasks.spawn(async move {
            let mut connection = Connection::open(question.address).await?;
            let mut count = 0_u32;
            while begin.elapsed() < time {
                expect_success(connection.ask(&question.request).await?)?;
                count += 1;
            }
            Outcome::Ok(count)
        });
    }
    let mut count = 0;
    while let Some(done) = tasks.join_next().await {
        count += done??;
    }
    Ok(f64::from(count) / begin.elapsed().as_secs_f64())
}

/// How long answers take at a fixed rate, in microseconds and in order.
///
/// Each request has a time at which it is due, and it is counted from then, so that an answer that
/// is late makes those behind it late as well, as for real clients.
pub(crate) async fn latencies(
    question: &Question,
    connections: u32,
    per_second: f64,
    time: Duration,
) -> Outcome<Vec<f64>> {
    let mut tasks = JoinSet::new();
    let begin = Instant::now();
    let pause = Duration::from_secs_f64(f64::from(connections) / per_second);
    for number in 0..connections {
        let question = question.clone();
        tasks.spawn(async move {
            let mut connection = Connection::open(question.address).await?;
            let mut due = begin + pause.mul_f64(f64::from(number) / f64::from(connections));
            let mut found = Vec::new();
            while due < begin + time {
                until(due).await?;
                expect_success(connection.ask(&question.request).await?)?;
                found.push(due.elapsed().as_secs_f64() * 1e6);
                due += pause;
            }
            Outcome::Ok(found)
        });
    }
    let mut found = Vec::new();
    while let Some(done) = tasks.join_next().await {
        found.extend(done??);
    }
    found.sort_by(f64::total_cmp);
    Ok(found)
}

/// By a thread, since the timers of the runtime know whole milliseconds alone.
async fn until(due: Instant) -> Outcome<()> {
    let pause = due.saturating_duration_since(Instant::now());
    Ok(tokio::task::spawn_blocking(move || std::thread::sleep(pause)).await?)
}

fn expect_success((status, body): (u16, Vec<u8>)) -> Outcome<()> {
    if status == 200 {
        return Ok(());
    }
    Err(format!("an answer with {status}: {}", String::from_utf8_lossy(&body)).into())
}
