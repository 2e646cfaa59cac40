import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const ADDRESS = "/my/o2o/pickup/";

/**
 * Reads the customer's QR code with the phone's camera. Browsers that can't are told
 * nothing: the page has a field to type in, and the phone's own camera opens the
 * address as well.
 */
export class O2oPickupScan extends Interaction {
    static selector = ".o_o2o_pickup_scan";
    dynamicContent = {
        ".o_o2o_pickup_camera": { "t-on-click": this.toggle },
    };

    async willStart() {
        const formats = (await window.BarcodeDetector?.getSupportedFormats()) || [];
        this.canScan = formats.includes("qr_code") && !!navigator.mediaDevices;
    }

    start() {
        this.video = this.el.querySelector("video");
        this.registerCleanup(() => this.stop());
        const button = this.el.querySelector(".o_o2o_pickup_camera");
        button.classList.toggle("d-none", !this.canScan);
        if (!this.canScan && matchMedia("(pointer: fine)").matches) {
            this.el.querySelector("input[name=scan]").focus();
        }
    }

    async toggle() {
        if (this.stream) {
            return this.stop();
        }
        try {
            this.stream = await this.waitFor(
                navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } })
            );
        } catch {
            return this.say(_t("The camera can't be used. Allow it, or type the number."));
        }
        this.video.srcObject = this.stream;
        this.video.classList.remove("d-none");
        await this.waitFor(this.video.play());
        this.detector = new window.BarcodeDetector({ formats: ["qr_code"] });
        this.look();
    }

    async look() {
        if (!this.stream) {
            return;
        }
        const codes = await this.waitFor(this.detector.detect(this.video).catch(() => []));
        const found = codes.map((code) => this.pathOf(code.rawValue)).find(Boolean);
        if (found) {
            this.stop();
            location.assign(found);
            return;
        }
        if (codes.length) {
            this.say(_t("This is not a pickup code of ours."));
        }
        this.waitForTimeout(() => this.look(), 200);
    }

    /** Only our own address, on this very site, is followed. */
    pathOf(text) {
        const start = text.indexOf(ADDRESS);
        const token = start < 0 ? "" : text.slice(start + ADDRESS.length);
        return /^[\w-]{20,100}$/.test(token) ? ADDRESS + token : null;
    }

    say(text) {
        const line = this.el.querySelector(".o_o2o_pickup_problem");
        line.textContent = text;
        line.classList.remove("d-none");
    }

    stop() {
        this.stream?.getTracks().forEach((track) => track.stop());
        this.stream = null;
        this.video.classList.add("d-none");
    }
}

registry.category("public.interactions").add("o2o_channel.pickup_scan", O2oPickupScan);
