import { Component } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/core/utils/numbers";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { routeMap } from "./route_map";

const BARS = 6; // the table below has all

/**
 * Why a store was asked: its score beside the others', part by part, and where they
 * lie. Everything drawn is also said in words; the map is one image to a reader.
 */
export class O2oRoutePicture extends Component {
    static template = "o2o_channel.RoutePicture";
    static props = { ...standardFieldProps };

    get legs() {
        const picture = this.props.record.data[this.props.name];
        return ((picture && picture.legs) || []).map((leg) => ({
            ...leg,
            bars: this.barsOf(leg, picture.labels),
            legend: this.legendOf(leg, picture.labels),
            map: routeMap(leg),
        }));
    }

    /** The stores that could serve, best first; a bar of 1 fills the line. */
    barsOf(leg, labels) {
        const ranked = leg.stores.filter((store) => store.rank);
        ranked.sort((a, b) => a.rank - b.rank);
        const longest = Math.max(1, ...ranked.map((store) => store.score));
        return ranked.slice(0, BARS).map((store) => ({
            ...store,
            figure: this.score(store.score),
            distance: store.km === null ? "" : this.km(store.km),
            segments: store.parts
                .filter(([, value]) => value > 0)
                .map(([part, value]) => ({
                    part,
                    width: (100 * value) / longest,
                    title: `${labels[part]} ${this.score(value)}`,
                })),
        }));
    }

    legendOf(leg, labels) {
        const drawn = new Set(
            leg.stores.flatMap((store) =>
                store.rank ? store.parts.filter(([, v]) => v > 0).map(([p]) => p) : []
            )
        );
        return Object.entries(labels).filter(([part]) => drawn.has(part));
    }

    score(value) {
        return formatFloat(value, { digits: [0, 3], trailingZeros: false });
    }

    km(value) {
        return _t("%s km", formatFloat(value, { digits: [0, 1], trailingZeros: false }));
    }

    mapText(leg) {
        const asked = leg.stores.find((store) => store.asked);
        const count = leg.map.stores.length;
        if (!asked) {
            return _t("Map of %s stores around the customer; none was asked.", count);
        }
        return _t(
            "Map of %(count)s stores around the customer; %(store)s was asked, %(distance)s away.",
            {
                count,
                store: asked.name,
                distance: asked.km === null ? "?" : this.km(asked.km),
            }
        );
    }

    markTitle(store) {
        const distance = store.km === null ? "" : ` · ${this.km(store.km)}`;
        return `${store.name}${distance} · ${store.reason}`;
    }

    markClass(store) {
        if (store.asked) {
            return "o_o2o_asked";
        }
        return store.rank ? "o_o2o_eligible" : "o_o2o_dropped";
    }

    beyondText(leg) {
        const texts = [];
        if (leg.map.beyond) {
            texts.push(_t("%s farther away, not drawn", leg.map.beyond));
        }
        if (leg.map.unknown) {
            texts.push(_t("%s at an unknown place", leg.map.unknown));
        }
        if (leg.omitted) {
            texts.push(_t("%s more in the table", leg.omitted));
        }
        return texts.join(" · ");
    }
}

registry.category("fields").add("o2o_route_picture", {
    component: O2oRoutePicture,
    displayName: _t("Stores Compared"),
    supportedTypes: ["json"],
});
