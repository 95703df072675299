//! A client that costs as little as possible: one blocking connection, written by hand, the same
//! for every node that is measured.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use eyre::{Context, Result, eyre};
use serde_json::{Value, json};

/// One HTTP/1.1 connection that is kept alive.
pub(crate) struct Client {
    reader: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Client {
    /// Connects.
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).wrap_err("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream), body: Vec::new() })
    }

    /// Sends one body and returns the body of the answer.
    pub(crate) fn post(&mut self, body: &str) -> Result<&[u8]> {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.reader.get_mut().write_all(request.as_bytes())?;
        let length = self.read_head()?;
        self.body.resize(length, 0);
        self.reader.read_exact(&mut self.body)?;
        Ok(&self.body)
    }

    fn read_head(&mut self) -> Result<usize> {
        let mut length = None;
        let mut line = String::new();
        loop {
            line.clear();
            if self.reader.read_line(&mut line)? == 0 {
                return Err(eyre!("the node closed the connection"));
            }
            let field = line.trim_end();
            if field.is_empty() {
                return length.ok_or_else(|| eyre!("the answer has no content-length"));
            }
            if let Some((name, value)) = field.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = Some(value.trim().parse()?);
            }
        }
    }

    /// One call; an error object becomes an error.
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Result<Value> {
        let answer: Value = serde_json::from_slice(self.post(&request(method, params))?)?;
        match answer.get("error") {
            Some(error) => Err(eyre!("{method}: {error}")),
            None => Ok(answer["result"].clone()),
        }
    }

    /// One call that answers a quantity.
    pub(crate) fn quantity(&mut self, method: &str, params: &Value) -> Result<u64> {
        let answer = self.call(method, params)?;
        let text = answer.as_str().ok_or_else(|| eyre!("{method}: not a quantity: {answer}"))?;
        Ok(u64::from_str_radix(text.trim_start_matches("0x"), 16)?)
    }
}

/// The text of one call.
pub(crate) fn request(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
}
