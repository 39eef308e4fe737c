//! The map stage: one block is compressed and summed.

use std::cell::RefCell;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// What a block became. Two compressions of a block agree in all three, or one of them is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digest {
    /// Size after compression.
    pub(crate) compressed_bytes: usize,
    /// CRC-32 of the block.
    pub(crate) block_crc: u32,
    /// CRC-32 of the compressed block.
    pub(crate) compressed_crc: u32,
}

/// What a thread keeps from block to block: zlib's tables (some 270 KB) and the output.
struct Scratch {
    level: u32,
    zlib: Compress,
    compressed: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Option<Scratch>> = const { RefCell::new(None) };
}

/// Compresses `block` with zlib and sums it before and after: the kernel that every contender calls.
pub(crate) fn digest(block: &[u8], level: u32) -> Digest {
    with_compressed(block, level, |compressed| Digest {
        compressed_bytes: compressed.len(),
        block_crc: crc32fast::hash(block),
        compressed_crc: crc32fast::hash(compressed),
    })
}

/// The same, having inflated the compressed block again.
///
/// # Errors
/// If what comes out is not `block`.
pub(crate) fn digest_verified(block: &[u8], level: u32) -> Result<Digest, String> {
    let digest = digest(block, level);
    with_compressed(block, level, |compressed| {
        if crc32fast::hash(compressed) != digest.compressed_crc {
            return Err("compressing a block twice gave two results".to_owned());
        }
        let mut inflated = Vec::with_capacity(block.len());
        // One byte of output would not fit beside a whole block: `Ok` instead of `StreamEnd` tells.
        let status = Decompress::new(true).decompress_vec(compressed, &mut inflated, FlushDecompress::Finish);
        match status {
            Ok(Status::StreamEnd) if inflated == block => Ok(digest),
            Ok(_) => Err(format!("a block of {} bytes did not survive compression", block.len())),
            Err(error) => Err(format!("a compressed block cannot be inflated: {error}")),
        }
    })
}

fn with_compressed<R>(block: &[u8], level: u32, then: impl FnOnce(&[u8]) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| {
        let made_for = scratch.as_ref().map(|scratch| scratch.level);
        if made_for != Some(level) {
            let zlib = Compress::new(Compression::new(level), true);
            *scratch = Some(Scratch { level, zlib, compressed: Vec::new() });
        }
        let Scratch { zlib, compressed, .. } = scratch.as_mut().expect("made above");
        zlib.reset();
        compressed.clear();
        // zlib's own bound for what cannot be compressed, generously.
        compressed.reserve(block.len() + block.len() / 8 + 1024);
        let status = zlib.compress_vec(block, compressed, FlushCompress::Finish);
        assert_eq!(status.ok(), Some(Status::StreamEnd), "a block fits into zlib's bound for it");
        then(compressed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize) -> Vec<u8> {
        (0..len as u64).map(|i| (millstream_harness::spin_work(i, 3) >> 40) as u8).collect()
    }

    #[test]
    fn every_level_survives_inflation_for_text_noise_and_nothing() {
        let text = b"to be compressed, to be compressed, to be compressed".repeat(50);
        for level in 0..=9 {
            for block in [&text[..], &noise(10_000), b"", b"x"] {
                let digest = digest_verified(block, level).unwrap();
                assert_eq!(digest.block_crc, crc32fast::hash(block));
            }
        }
        assert!(digest(&text, 6).compressed_bytes < text.len() / 10);
    }

    #[test]
    fn a_digest_does_not_depend_on_what_the_thread_did_before() {
        let text = b"the same block again and again ".repeat(100);
        let first = std::thread::scope(|scope| scope.spawn(|| digest(&text, 6)).join().unwrap());
        for before in [noise(5_000), vec![0; 70_000], Vec::new()] {
            digest(&before, 6);
            assert_eq!(digest(&text, 6), first);
            digest(&before, 1);
            assert_eq!(digest(&text, 6), first);
        }
    }
}
