//! Networks: the list, one, its addresses and reserved ranges, sizing, and what can
//! be done with them.

use super::containers::finish;
use crate::domain::commands::NetworkCommand;
use crate::domain::networks::{
    AddressQuery, AllocationRequest, ConnectRequest, DisconnectRequest, DismissRequest,
    NetworkCreate, NetworkMigration, NetworkPrune, NetworkQuery, NetworkSort, NetworkUse,
    RangeRequest, SizeRequest,
};
use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview::{self, DRY_RUN, preview};
use crate::http::query::{Parameter, number, text, word, words};
use crate::http::reply::{self, Reply};
use crate::model::network::NetworkMembers;
use hyper::StatusCode;

pub const LIST: &[Parameter] = &[Q, USE, SORT];
const Q: Parameter = text(
    "q",
    "Words that must all be in the name, the driver, a subnet, a label, the name of a container on it, or at the beginning of the ID.",
);
const USE: Parameter = words(
    "use",
    NetworkUse::WORDS,
    "Only networks with containers, without any, of the engine itself, or that are larger than this host has a use for.",
);
const SORT: Parameter = word(
    "sort",
    NetworkSort::WORDS,
    Some("name"),
    "The order; with a minus in front it is reversed.",
);
pub const SIZE: &[Parameter] = &[MAX_CONTAINERS, IPS_PER_CONTAINER, BUFFER_PERCENT];
const MAX_CONTAINERS: Parameter = number(
    "max_containers",
    (0, 65_534),
    0,
    "Containers that are to be on it; 0 stands for as many as this host should have.",
);
const IPS_PER_CONTAINER: Parameter = number(
    "ips_per_container",
    (1, 64),
    1,
    "Addresses of each container.",
);
const BUFFER_PERCENT: Parameter = number("buffer_percent", (0, 1000), 20, "Room to grow.");
pub const PROPOSAL: &[Parameter] = &[SUBNET_SIZE];
const SUBNET_SIZE: Parameter = text(
    "size",
    "Size of the subnet (`/27`); without it as large as this host's containers need.",
);
pub const ADDRESSES: &[Parameter] = &[SUBNET, FROM, LIMIT];
const SUBNET: Parameter = number(
    "subnet",
    (0, 63),
    0,
    "Which of the network's subnets, counted from 0.",
);
const FROM: Parameter = number(
    "from",
    (0, i64::MAX.unsigned_abs()),
    0,
    "Number of the first address; 0 is the subnet's own.",
);
const LIMIT: Parameter = number("limit", (1, 1024), 256, "How many addresses.");
pub const CONNECT: &[Parameter] = &[CONFIRM, DRY_RUN];
const CONFIRM: Parameter = text(
    "confirm",
    "What the plan's `needs` or an answer 428 asks for.",
);
pub const COMMANDS: &[Parameter] = &[ACTION];
const ACTION: Parameter = word(
    "action",
    &NetworkCommand::WORDS,
    Some("inspect"),
    "The action.",
);

pub const FREE_PORT: &[Parameter] = &[NEAR, PROTOCOL];
const NEAR: Parameter = number("near", (1, 65_535), 8080, "The first port that would do.");
const PROTOCOL: Parameter = word(
    "protocol",
    &["tcp", "udp", "sctp"],
    Some("tcp"),
    "The protocol.",
);

pub async fn list(call: Call) -> Result<Reply> {
    let query = &call.query;
    let (sort, descending) = NetworkSort::parse(query.word(&SORT).unwrap_or_default());
    let uses = query.all(&USE);
    let wanted = NetworkQuery {
        text: query.text(&Q).map(ToOwned::to_owned),
        uses: uses
            .iter()
            .filter_map(|word| NetworkUse::parse(word))
            .collect(),
        sort,
        descending,
    };
    reply::json(&call.context.networks.list(&wanted)?)
}

pub async fn get(call: Call) -> Result<Reply> {
    reply::json(&call.context.networks.get(call.param("id")?)?)
}

pub async fn members(call: Call) -> Result<Reply> {
    let view = call.context.networks.get(call.param("id")?)?;
    reply::json(&NetworkMembers {
        items: view.members,
    })
}

pub async fn size(call: Call) -> Result<Reply> {
    let (query, networks) = (&call.query, &call.context.networks);
    let usual = networks.usual_size();
    let request = SizeRequest {
        max_containers: match query.number(&MAX_CONTAINERS) {
            0 => usual.max_containers,
            containers => containers,
        },
        ips_per_container: query.number(&IPS_PER_CONTAINER),
        buffer_percent: query.number(&BUFFER_PERCENT),
    };
    reply::json(&networks.size(request)?)
}

pub async fn propose(call: Call) -> Result<Reply> {
    reply::json(
        &call
            .context
            .networks
            .propose(call.query.text(&SUBNET_SIZE))?,
    )
}

pub async fn create(mut call: Call) -> Result<Reply> {
    let request: NetworkCreate = call.json().await?;
    let networks = &call.context.networks;
    if preview::wanted(&call) {
        return reply::json(&networks.plan_create(&request)?);
    }
    let started = networks.create(&request)?;
    finish(&call, started).await
}

pub async fn remove(call: Call) -> Result<Reply> {
    let (id, networks) = (call.param("id")?, &call.context.networks);
    if preview::wanted(&call) {
        return reply::json(&networks.plan_remove(id)?);
    }
    let started = networks.remove(id)?;
    finish(&call, started).await
}

pub async fn prune(mut call: Call) -> Result<Reply> {
    let request: NetworkPrune = call.json_or_default().await?;
    let networks = &call.context.networks;
    if preview::wanted(&call) {
        return reply::json(&networks.plan_prune(&request)?);
    }
    let started = networks.prune(&request)?;
    finish(&call, started).await
}

pub async fn addresses(call: Call) -> Result<Reply> {
    let query = &call.query;
    let wanted = AddressQuery {
        subnet: query.number(&SUBNET),
        from: query.number(&FROM),
        limit: query.number(&LIMIT),
    };
    let networks = &call.context.networks;
    reply::json(&networks.addresses(call.param("id")?, wanted).await?)
}

pub async fn allocate(mut call: Call) -> Result<Reply> {
    let request: AllocationRequest = call.json_or_default().await?;
    let networks = &call.context.networks;
    reply::json(&networks.allocate(call.param("id")?, &request).await?)
}

pub async fn connect(mut call: Call) -> Result<Reply> {
    let request: ConnectRequest = call.json().await?;
    let (id, networks) = (call.param("id")?, &call.context.networks);
    if preview::wanted(&call) {
        return reply::json(&networks.plan_connect(id, &request).await?);
    }
    let confirm = call.query.text(&CONFIRM);
    let started = networks.connect(id, &request, confirm).await?;
    finish(&call, started).await
}

pub async fn disconnect(mut call: Call) -> Result<Reply> {
    let request: DisconnectRequest = call.json().await?;
    let (id, networks) = (call.param("id")?, &call.context.networks);
    if preview::wanted(&call) {
        return reply::json(&networks.plan_disconnect(id, &request)?);
    }
    let started = networks.disconnect(id, &request, call.query.text(&CONFIRM))?;
    finish(&call, started).await
}

pub async fn topology(call: Call) -> Result<Reply> {
    let networks = &call.context.networks;
    reply::json(&networks.topology(Some(call.param("id")?))?)
}

pub async fn topology_of_all(call: Call) -> Result<Reply> {
    reply::json(&call.context.networks.topology(None)?)
}

pub async fn ports(call: Call) -> Result<Reply> {
    reply::json(&call.context.networks.host_ports()?)
}

pub async fn free_port(call: Call) -> Result<Reply> {
    let near = u16::try_from(call.query.number::<u64>(&NEAR)).unwrap_or(u16::MAX);
    let protocol = call.query.word(&PROTOCOL).unwrap_or_default();
    reply::json(&call.context.networks.free_port(near, protocol)?)
}

pub async fn document(call: Call) -> Result<Reply> {
    reply::json(&call.context.networks.document(call.param("id")?)?)
}

pub async fn document_all(call: Call) -> Result<Reply> {
    reply::json(&call.context.networks.document_all()?)
}

pub async fn analyze(call: Call) -> Result<Reply> {
    let networks = &call.context.networks;
    reply::json(&networks.analyze(call.param("id")?).await?)
}

pub async fn dismiss(mut call: Call) -> Result<Reply> {
    let (request, body) = preview::body::<DismissRequest>(&mut call).await?;
    let (id, networks) = (call.param("id")?, &call.context.networks);
    if preview::wanted(&call) {
        return preview(&call, networks.plan_dismissal(id, request)?, Some(body));
    }
    reply::json(&networks.dismiss(id, request).await?)
}

pub async fn remind(call: Call) -> Result<Reply> {
    let (id, networks) = (call.param("id")?, &call.context.networks);
    if preview::wanted(&call) {
        return preview(&call, networks.plan_reminder(id)?, None);
    }
    reply::json(&networks.remind(id).await?)
}

pub async fn migrate(mut call: Call) -> Result<Reply> {
    let request: NetworkMigration = call.json_or_default().await?;
    let (id, networks) = (call.param("id")?, &call.context.networks);
    if preview::wanted(&call) {
        return reply::json(&networks.plan_migrate(id, &request).await?);
    }
    let confirm = call.query.text(&CONFIRM);
    let started = networks.migrate(id, &request, confirm).await?;
    finish(&call, started).await
}

pub async fn commands(call: Call) -> Result<Reply> {
    let action = call.query.word(&ACTION).unwrap_or_default();
    reply::json(&call.context.networks.commands(call.param("id")?, action)?)
}

pub async fn reservations(call: Call) -> Result<Reply> {
    let networks = &call.context.networks;
    reply::json(&networks.reservations(call.param("id")?).await?)
}

pub async fn reserve(mut call: Call) -> Result<Reply> {
    let (request, body) = preview::body::<RangeRequest>(&mut call).await?;
    let (id, networks) = (call.param("id")?, &call.context.networks);
    if preview::wanted(&call) {
        let plan = networks.plan_reservation(id, None, &request)?;
        return preview(&call, plan, Some(body));
    }
    reply::json_status(
        StatusCode::CREATED,
        &networks.reserve_range(id, None, &request).await?,
    )
}

pub async fn change_reservation(mut call: Call) -> Result<Reply> {
    let (request, body) = preview::body::<RangeRequest>(&mut call).await?;
    let (id, range) = (call.param("id")?, call.param("reservation")?);
    let networks = &call.context.networks;
    if preview::wanted(&call) {
        let plan = networks.plan_reservation(id, Some(range), &request)?;
        return preview(&call, plan, Some(body));
    }
    reply::json(&networks.reserve_range(id, Some(range), &request).await?)
}

pub async fn remove_reservation(call: Call) -> Result<Reply> {
    let (id, range) = (call.param("id")?, call.param("reservation")?);
    let networks = &call.context.networks;
    if preview::wanted(&call) {
        return preview(&call, networks.plan_release(id, range)?, None);
    }
    networks.release_range(id, range).await?;
    Ok(reply::no_content())
}
