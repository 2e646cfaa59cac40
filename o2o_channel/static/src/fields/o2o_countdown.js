import { Component, onWillUnmount, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Two figures say enough: days and hours, hours and minutes, or minutes and seconds. */
export function formatSpan(seconds) {
    const days = Math.floor(seconds / DAY);
    const hours = Math.floor((seconds % DAY) / HOUR);
    const minutes = Math.floor((seconds % HOUR) / MINUTE);
    if (days) {
        return _t("%(days)s d %(hours)s h", { days, hours });
    }
    if (hours) {
        return _t("%(hours)s h %(minutes)s min", { hours, minutes });
    }
    return `${minutes}:${String(Math.floor(seconds % MINUTE)).padStart(2, "0")}`;
}

/** The time left until a moment, or since when it is over. */
export class O2oCountdownField extends Component {
    static template = "o2o_channel.CountdownField";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ now: Date.now() });
        const timer = setInterval(() => (this.state.now = Date.now()), 1000);
        onWillUnmount(() => clearInterval(timer));
    }

    get due() {
        return this.props.record.data[this.props.name];
    }

    get left() {
        return Math.round((this.due.toMillis() - this.state.now) / 1000);
    }

    get text() {
        const span = formatSpan(Math.abs(this.left));
        return this.left < 0 ? _t("%s late", span) : span;
    }

    get look() {
        if (this.left < 0) {
            return "text-bg-danger";
        }
        return this.left < 5 * MINUTE ? "text-bg-warning" : "text-bg-light border";
    }

    get title() {
        return this.due.toLocaleString(luxon.DateTime.DATETIME_MED);
    }
}

registry.category("fields").add("o2o_countdown", {
    component: O2oCountdownField,
    displayName: _t("Countdown"),
    supportedTypes: ["datetime"],
});
