import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const DAY = 24 * 60 * 60; // seconds

/**
 * Counts down the seconds a store has left to accept. The server gives what is left,
 * so a phone whose clock is wrong counts right. With more than a day left, the date
 * and time that the server wrote say more than a count.
 */
export class O2oCountdown extends Interaction {
    static selector = ".o_o2o_countdown";

    start() {
        this.end = performance.now() + Number(this.el.dataset.seconds) * 1000;
        const timer = setInterval(() => this.tick(), 1000);
        this.registerCleanup(() => clearInterval(timer));
        this.tick();
    }

    tick() {
        const left = Math.max(0, Math.round((this.end - performance.now()) / 1000));
        if (left > DAY) {
            return;
        }
        const minutes = Math.floor(left / 60);
        const seconds = String(left % 60).padStart(2, "0");
        this.el.textContent = left ? `${minutes}:${seconds}` : _t("time is over");
        this.el.classList.toggle("text-danger", left < 300);
    }
}

registry.category("public.interactions").add("o2o_channel.countdown", O2oCountdown);
