import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const EVERY = 15_000; // ms between two questions to the server
const SOUND_KEY = "o2o_board_sound";

/**
 * Keeps the board of a dealer alive: counters, the number of offers in the page's
 * title, a sound and a vibration for a new one. The list is exchanged in place, so
 * that nothing typed is lost; on other pages a line says that an offer waits.
 */
export class O2oBoard extends Interaction {
    static selector = ".o_o2o_portal:has(.o_o2o_board)";
    dynamicContent = {
        ".o_o2o_board_sound": { "t-on-change": this.onSwitch },
        _document: { "t-on-pointerdown": this.wake, "t-on-visibilitychange": this.ask },
    };

    setup() {
        this.watch = this.el.querySelector(".o_o2o_board");
        this.newest = this.watch.dataset.newest || "";
        this.title = document.title;
        this.box = this.el.querySelector(".o_o2o_board_sound");
    }

    start() {
        const timer = setInterval(() => this.ask(), EVERY);
        this.registerCleanup(() => clearInterval(timer));
        this.showCount(Number(this.watch.dataset.count));
        if (this.box) {
            this.box.checked = this.wantsSound;
            this.showTap();
        }
    }

    get wantsSound() {
        return localStorage.getItem(SOUND_KEY) === "1";
    }

    /** Browsers play no sound before the page was touched. */
    wake() {
        if (this.wantsSound && !this.audio) {
            this.audio = new AudioContext();
            this.showTap();
        }
    }

    onSwitch() {
        localStorage.setItem(SOUND_KEY, this.box.checked ? "1" : "0");
        this.wake();
        this.showTap();
        if (this.box.checked) {
            this.ring();
        }
    }

    showTap() {
        const asleep = this.wantsSound && !this.audio;
        this.el.querySelector(".o_o2o_board_tap")?.classList.toggle("d-none", !asleep);
    }

    async ask() {
        let answer;
        try {
            const response = await this.waitFor(fetch(this.watch.dataset.url));
            if (!response.ok || response.redirected) {
                return; // logged out or no network: the next page says so
            }
            answer = await this.waitFor(response.json());
        } catch {
            return;
        }
        await this.update(answer);
    }

    async update({ counts, newest }) {
        this.showCount(counts.new);
        // older offers come to the front when a newer one is answered: no news
        const isNews = newest > this.newest;
        let isChanged = isNews;
        for (const badge of this.el.querySelectorAll("[data-tab]")) {
            const text = String(counts[badge.dataset.tab]);
            isChanged ||= badge.textContent.trim() !== text;
            badge.textContent = text;
        }
        if (isNews) {
            this.newest = newest;
            this.ring();
        }
        if (isChanged) {
            await this.renew(isNews);
        }
    }

    showCount(count) {
        document.title = count ? `(${count}) ${this.title}` : this.title;
    }

    /** Put the list of today in the place of the old one. */
    async renew(isNews) {
        const list = this.el.querySelector("#o2o_board_list");
        if (!list) {
            const line = this.el.querySelector(".o_o2o_board_news");
            line.classList.toggle("d-none", !isNews);
            line.classList.toggle("d-block", isNews);
            return;
        }
        const response = await this.waitFor(fetch(location.href));
        const page = new DOMParser().parseFromString(
            await this.waitFor(response.text()),
            "text/html"
        );
        const fresh = page.querySelector("#o2o_board_list");
        if (fresh) {
            this.services["public.interactions"].stopInteractions(list);
            list.replaceChildren(...fresh.childNodes);
            this.services["public.interactions"].startInteractions(list);
        }
    }

    ring() {
        if (!this.wantsSound) {
            return;
        }
        navigator.vibrate?.([200, 100, 200]);
        if (!this.audio) {
            return;
        }
        for (const [start, pitch] of [
            [0, 880],
            [0.25, 1175],
        ]) {
            const tone = new OscillatorNode(this.audio, { frequency: pitch });
            const volume = new GainNode(this.audio, { gain: 0.2 });
            tone.connect(volume).connect(this.audio.destination);
            tone.start(this.audio.currentTime + start);
            tone.stop(this.audio.currentTime + start + 0.2);
        }
    }
}

registry.category("public.interactions").add("o2o_channel.board", O2oBoard);
