/**
 * A small map of a customer and stores, without tiles: north is up, distances are true
 * near the middle. Pure functions, so that they can be tested without a screen.
 */

const KM_PER_DEGREE = 111.195;
const WIDTH = 360;
const HEIGHT = 260;
const MARGIN = 22;
const APART = 21; // from the middle of the customer's mark to that of a store's
const TURNS = [0, 1, -1, 2, -2, 3, -3, 4].map((n) => (n * Math.PI) / 4);
const STEPS = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];

/** Kilometres east and north of the middle, for each place [latitude, longitude]. */
function project(places, [latitude, longitude]) {
    const shrink = Math.cos((latitude * Math.PI) / 180);
    return places.map(([lat, lng]) => {
        const turn = ((lng - longitude + 540) % 360) - 180;
        return [turn * shrink * KM_PER_DEGREE, (lat - latitude) * KM_PER_DEGREE];
    });
}

function middleOf(places) {
    const sum = places.reduce(([a, b], [lat, lng]) => [a + lat, b + lng], [0, 0]);
    return [sum[0] / places.length, sum[1] / places.length];
}

/** How far the map reaches: the stores that could serve, else the nearest few. */
function reachOf(stores) {
    const near = stores.filter((store) => store.rank || store.asked);
    const shown = near.length ? near : stores.slice(0, 5);
    return Math.max(0.5, ...shown.map((store) => store.radius)) * 1.1;
}

/**
 * Draw a store that lies at the customer's door beside it, with a line to its place,
 * so that both are seen; several of them go around the customer.
 */
function besideCustomer(store, customer, taken) {
    const [east, south] = [store.x - customer.x, store.y - customer.y];
    if (Math.hypot(east, south) >= APART) {
        return store;
    }
    const bearing = Math.atan2(south, east);
    const seats = TURNS.map((turn) => ({
        x: customer.x + APART * Math.cos(bearing + turn),
        y: customer.y + APART * Math.sin(bearing + turn),
    }));
    const isFree = (seat) =>
        taken.every((other) => Math.hypot(other.x - seat.x, other.y - seat.y) >= 16);
    const seat = seats.find(isFree) || seats[0];
    taken.push(seat);
    return { ...store, ...seat, from: { x: store.x, y: store.y } };
}

/** The stores where they are drawn; the best ones choose first. */
function placeMarks(stores, customer) {
    if (!customer) {
        return stores;
    }
    const taken = [];
    const first = (store) => (store.asked ? -1 : store.rank || stores.length);
    return [...stores]
        .sort((a, b) => first(a) - first(b))
        .map((store) => besideCustomer(store, customer, taken));
}

/**
 * @param {Object} leg with `customer` ([lat, lng] or null) and `stores`
 * @returns {Object|null} what to draw, in the units of a viewBox of 360 x 260
 */
export function routeMap(leg) {
    const stores = leg.stores.filter((store) => store.place);
    if (!stores.length) {
        return null;
    }
    const places = stores.map((store) => store.place);
    const middle = leg.customer || middleOf(places);
    const found = project(places, middle).map(([east, north], index) => ({
        ...stores[index],
        east,
        north,
        radius: Math.hypot(east, north),
    }));
    found.sort((a, b) => a.radius - b.radius);
    const reach = reachOf(found);
    const scale = (HEIGHT / 2 - MARGIN) / reach;
    const half = WIDTH / 2 / scale;
    const inside = (store) => Math.abs(store.east) <= half && store.radius <= half * 1.05;
    const shown = found.filter(inside);
    const step = STEPS.find((km) => reach / km <= 3.2) || STEPS.at(-1);
    const rings = leg.customer ? [1, 2, 3].filter((n) => n * step <= reach) : [];
    const customer = leg.customer && { x: WIDTH / 2, y: HEIGHT / 2 };
    const marks = shown.map((store) => ({
        ...store,
        x: WIDTH / 2 + store.east * scale,
        y: HEIGHT / 2 - store.north * scale,
    }));
    return {
        width: WIDTH,
        height: HEIGHT,
        customer,
        rings: rings.map((n) => ({ km: n * step, r: n * step * scale })),
        // those that were asked are drawn last, on top
        stores: placeMarks(marks, customer).sort(
            (a, b) => a.asked - b.asked || b.rank - a.rank
        ),
        beyond: found.length - shown.length,
        unknown: leg.stores.length - stores.length,
    };
}
