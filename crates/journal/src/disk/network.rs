//! Finds out whether a folder lies on a network file system, where the system tells.

use std::path::Path;

/// Kinds whose locks or syncs other machines can't be relied on to keep.
const NETWORK: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse.ceph-fuse",
    "fuse.cephfs",
    "fuse.davfs2",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.juicefs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "gfs2",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "smb2",
    "smb3",
    "smbfs",
    "vboxsf",
];

/// Gives the kind of network file system that a folder lies on; `None` when it is a local one
/// or can't be found out.
pub(crate) fn network_kind(folder: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let folder = folder.canonicalize().ok()?;
    let kind = kind_of(&mounts, &folder)?;
    NETWORK.contains(&kind).then(|| kind.to_owned())
}

/// The kind of the mount that is nearest above a folder; of two on one place, the later.
fn kind_of<'m>(mounts: &'m str, folder: &Path) -> Option<&'m str> {
    let mut nearest: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        // "36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/root rw"
        let Some((mount, system)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (mount.split(' ').nth(4), system.split(' ').next()) else {
            continue;
        };
        let point = point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
        let depth = Path::new(&point).components().count();
        if folder.starts_with(&point) && nearest.is_none_or(|(known, _)| depth >= known) {
            nearest = Some((depth, kind));
        }
    }
    nearest.map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_decides() {
        let mounts = "\
1 0 8:1 / / rw - ext4 /dev/sda rw
2 1 0:40 / /srv/shop rw shared:7 - nfs4 server:/shop rw
3 2 8:2 / /srv/shop/local\\040disk rw - xfs /dev/sdb rw
4 1 0:41 / /over rw - cifs //a/b rw
5 1 8:3 / /over rw - ext4 /dev/sdc rw
nonsense
";
        for (folder, kind) in [
            ("/home/liu", "ext4"),
            ("/srv/shop/books", "nfs4"),
            ("/srv/shopping", "ext4"),
            ("/srv/shop/local disk/books", "xfs"),
            ("/over/books", "ext4"),
        ] {
            assert_eq!(kind_of(mounts, Path::new(folder)), Some(kind), "{folder}");
        }
    }
}
