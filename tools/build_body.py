"""Write src/kinelab/body/kinelab.osim and kinelab.json, our own full body. Needs the opensim package."""

from __future__ import annotations

from kinelab.body.model_file import save_model
from kinelab.body.osim import read_osim
from kinelab.body.own_body import OWN_BODY_JSON, OWN_BODY_OSIM
from kinelab.body.own_body.osim_text import osim_text


def main() -> None:
    OWN_BODY_OSIM.write_text(osim_text(), encoding="utf-8", newline="\n")
    model = read_osim(OWN_BODY_OSIM)
    save_model(model, OWN_BODY_JSON)
    print(
        f"{len(model.bodies)} bodies, {len(model.coordinates)} coordinates, {len(model.markers)} markers, "
        f"{model.mass_kg:.3f} kg"
    )


if __name__ == "__main__":
    main()
